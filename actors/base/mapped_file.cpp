#include "actors/base/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace rrdflow {

namespace {

/// MADV_POPULATE_READ (Linux 5.14); older headers lack it.
constexpr int populate_read = 22;

constexpr size_t page_size = 4096;

} // namespace

caf::expected<mapped_file_ptr>
mapped_file::open(const std::string& path, bool writable) {
  // Does not wait for the writer of a FIFO.
  auto fd = ::open(path.c_str(),
                   (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return file_error(path, errno);
  struct stat st;
  if (::fstat(fd, &st) != 0) {
    auto err = file_error(path, errno);
    ::close(fd);
    return err;
  }
  if (!S_ISREG(st.st_mode)) {
    ::close(fd);
    return fail(ec::damaged, path + ": not a file");
  }
  return map(fd, path, static_cast<size_t>(st.st_size), writable);
}

caf::expected<mapped_file_ptr>
mapped_file::map(int fd, const std::string& path, size_t size, bool writable) {
  if (size == 0)
    return std::make_shared<mapped_file>(fd, nullptr, size);
  auto data = ::mmap(nullptr, size, PROT_READ | (writable ? PROT_WRITE : 0),
                     MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) {
    auto err = file_error(path, errno);
    ::close(fd);
    return err;
  }
  try {
    return std::make_shared<mapped_file>(fd, static_cast<uint8_t*>(data), size);
  } catch (const std::bad_alloc&) {
    ::munmap(data, size);
    ::close(fd);
    throw;
  }
}

mapped_file::~mapped_file() {
  if (data_ != nullptr)
    ::munmap(data_, size_);
  ::close(fd_);
}

void mapped_file::load(size_t offset, size_t size) noexcept {
  auto begin = offset / page_size * page_size;
  auto end = std::min(offset + size, size_);
  if (begin >= end || ::madvise(data_ + begin, end - begin, populate_read) == 0
      || errno == EINVAL)
    return;
  for (; begin < end; begin += page_size)
    if (::madvise(data_ + begin, page_size, populate_read) != 0
        && (errno == EFAULT || errno == EIO || errno == EHWPOISON))
      ::mmap(data_ + begin, page_size, PROT_READ,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

} // namespace rrdflow
