#include "actors/writer/undo_reader.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace rrdflow {

undo_reader::~undo_reader() {
  if (!all_.empty())
    ::munmap(const_cast<char*>(all_.data()), all_.size());
}

bool undo_reader::open(const std::string& name) {
  rrd_fd file{::open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  struct stat info;
  if (!file || ::fstat(file.get(), &info) != 0)
    return false;
  if (info.st_size == 0)
    return true;
  auto size = static_cast<size_t>(info.st_size);
  auto at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (at == MAP_FAILED)
    return false;
  all_ = rest_ = {static_cast<const char*>(at), size};
  if (rest_.substr(0, undo_magic.size()) == undo_magic)
    rest_.remove_prefix(undo_magic.size());
  return true;
}

bool undo_reader::next(undo_record& x, uint64_t marker) {
  return sound() > 0 && take_record(rest_, x, marker);
}

} // namespace rrdflow
