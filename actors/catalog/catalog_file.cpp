#include "actors/catalog/catalog_file.hpp"

#include "actors/catalog/store_files.hpp"
#include "messages/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace rrdflow {

namespace {

std::string path_in(const std::string& directory) {
  return directory + "/catalog";
}

} // namespace

catalog_file::catalog_file(catalog_file&& other) noexcept
  : fd_{std::exchange(other.fd_, -1)}, size_{other.size_},
    pending_{std::move(other.pending_)}, broken_{std::move(other.broken_)} {
  // nop
}

catalog_file& catalog_file::operator=(catalog_file&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  std::swap(pending_, other.pending_);
  std::swap(broken_, other.broken_);
  return *this;
}

catalog_file::~catalog_file() {
  if (fd_ >= 0)
    ::close(fd_);
}

caf::expected<catalog_file>
catalog_file::open(const std::string& directory, uint64_t size) {
  auto path = path_in(directory);
  auto fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return store_files::io_error(path, errno);
  catalog_file result{fd, size};
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0 || ::fsync(fd) != 0)
    return store_files::io_error(path, errno);
  return result;
}

caf::expected<catalog_file>
catalog_file::replace(const std::string& directory, std::string_view content) {
  if (auto err = store_files::replace_file(
        path_in(directory), directory + "/catalog.tmp", content, true))
    return err;
  return open(directory, content.size());
}

caf::expected<std::string> catalog_file::read(const std::string& directory) {
  return store_files::read_file(path_in(directory));
}

caf::error catalog_file::commit() {
  if (broken_)
    return broken_;
  if (pending_.empty())
    return caf::none;
  if (auto err = store_files::write_at(fd_, size_, pending_)) {
    // Half a record at the end would be cut off at the next start; what comes
    // after it in this run must not be.
    if (::ftruncate(fd_, static_cast<off_t>(size_)) != 0
        || err != ec::disk_full)
      broken_ = fail(ec::io_failed, "catalog: " + explain(err));
    return broken_ ? broken_ : fail(ec::disk_full, "catalog: no space left");
  }
  if (::fdatasync(fd_) != 0) {
    // Whatever the reason: the disk may have any part of it, and memory calls
    // it written. The next start must not take it for that.
    std::string why = std::strerror(errno);
    if (::ftruncate(fd_, static_cast<off_t>(size_)) != 0)
      why += std::string{"; it cannot be cut: "} + std::strerror(errno);
    broken_ = fail(ec::io_failed, "catalog: " + why);
    return broken_;
  }
  size_ += pending_.size();
  pending_.clear();
  return caf::none;
}

} // namespace rrdflow
