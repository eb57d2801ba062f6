#include "actors/base/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace rrdflow {

namespace {

/// MADV_POPULATE_READ (Linux 5.14); older headers lack it.
constexpr int populate_read = 22;

constexpr size_t page_size = 4096;

} // namespace

caf::expected<mapped_file_ptr> mapped_file::open(const std::string& path) {
  // Does not wait for the writer of a FIFO.
  auto fd = open_file(path, O_RDONLY | O_NONBLOCK);
  if (!fd)
    return std::move(fd.error());
  struct stat st;
  if (::fstat(fd->get(), &st) != 0)
    return file_error(path, errno);
  if (!S_ISREG(st.st_mode))
    return fail(ec::damaged, path + ": not a file");
  mapped_file_ptr result{new mapped_file{std::move(*fd)}};
  if (auto error = result->map(static_cast<size_t>(st.st_size), PROT_READ))
    return file_error(path, error);
  return result;
}

caf::expected<mapped_file_ptr>
mapped_file::map(unique_fd fd, const std::string& path, size_t size) {
  mapped_file_ptr result{new mapped_file{std::move(fd)}};
  if (auto error = result->map(size, PROT_READ | PROT_WRITE))
    return file_error(path, error);
  return result;
}

int mapped_file::map(size_t size, int protection) noexcept {
  if (size == 0)
    return 0;
  auto data = ::mmap(nullptr, size, protection, MAP_SHARED, fd(), 0);
  if (data == MAP_FAILED)
    return errno;
  data_ = static_cast<uint8_t*>(data);
  size_ = size;
  return 0;
}

mapped_file::~mapped_file() {
  if (data_ != nullptr)
    ::munmap(data_, size_);
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
