#include "actors/snapshot/snapshot_file.hpp"

#include "actors/snapshot/snapshot_format.hpp"
#include "messages/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace rrdflow {

namespace {

template <class T>
std::string_view bytes_of(const T& x) {
  return {reinterpret_cast<const char*>(&x), sizeof(x)};
}

} // namespace

std::vector<std::string> snapshot_content::sections_of(uint32_t owner) const {
  std::vector<std::string> result;
  for (auto& [x, bytes] : sections)
    if (x == owner)
      result.push_back(bytes);
  return result;
}

std::string snapshot_path(const std::string& folder, uint64_t marker) {
  char name[48];
  std::snprintf(name, sizeof(name), "/%020llu.snapshot",
                static_cast<unsigned long long>(marker));
  return folder + name;
}

snapshot_writer::snapshot_writer(std::string folder, uint64_t marker)
  : folder_{std::move(folder)}, path_{snapshot_path(folder_, marker)},
    temporary_{path_ + ".tmp"}, marker_{marker} {
  // nop
}

snapshot_writer::~snapshot_writer() {
  if (fd_ < 0)
    return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

caf::error snapshot_writer::failed(const char* what) const {
  return fail(write_error(errno),
              temporary_ + ": " + what + ": " + std::strerror(errno));
}

caf::error snapshot_writer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return failed("write");
    bytes.remove_prefix(static_cast<size_t>(n));
    size_ += static_cast<uint64_t>(n);
  }
  return caf::none;
}

caf::error snapshot_writer::open(position at) {
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
               0640);
  if (fd_ < 0)
    return failed("open");
  snapshot_header x = {};
  std::memcpy(x.magic, snapshot_magic, sizeof(snapshot_magic));
  x.version = snapshot_version;
  x.marker = marker_;
  x.position = at;
  x.check = header_check(x);
  checks_.push_back(x.check);
  return write(bytes_of(x));
}

caf::error snapshot_writer::add(uint32_t owner, std::string_view bytes) {
  for (; bytes.size() > max_section; bytes.remove_prefix(max_section))
    if (auto err = add_section(owner, bytes.substr(0, max_section)))
      return err;
  return add_section(owner, bytes);
}

caf::error
snapshot_writer::add_section(uint32_t owner, std::string_view bytes) {
  section_header x = {owner, static_cast<uint32_t>(bytes.size()),
                      section_check(marker_, owner, sections_, bytes)};
  ++sections_;
  checks_.push_back(x.check);
  if (auto err = write(bytes_of(x)))
    return err;
  return write(bytes);
}

caf::error snapshot_writer::commit() {
  section_header x = {footer_owner, sections_, footer_check(checks_)};
  if (auto err = write(bytes_of(x)))
    return err;
  if (::fsync(fd_) != 0)
    return failed("fsync");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    return failed("rename");
  ::close(fd_);
  fd_ = -1;
  auto dir = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0)
    return failed("open the folder");
  auto rc = ::fsync(dir);
  ::close(dir);
  return rc == 0 ? caf::error{} : failed("fsync of the folder");
}

} // namespace rrdflow
