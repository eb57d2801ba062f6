#include "actors/writer/undo_reader.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>

namespace rrdflow {

namespace {

// Each place that looks like a record costs a checksum.
constexpr size_t max_gap = 1 << 20;

} // namespace

undo_reader::~undo_reader() {
  if (!all_.empty())
    ::munmap(const_cast<char*>(all_.data()), all_.size());
}

bool undo_reader::open(const std::string& name) {
  unique_fd file{::open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
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
  for (size_t gap = 0; gap < std::min(max_gap, rest_.size()); ++gap) {
    auto behind = rest_.substr(gap);
    if (!take_record(behind, x, marker))
      continue;
    rest_ = behind;
    damaged_ += gap;
    return true;
  }
  return false;
}

} // namespace rrdflow
