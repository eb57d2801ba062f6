#include "actors/snapshot/snapshot_file.hpp"
#include "actors/snapshot/snapshot_format.hpp"
#include "messages/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rrdflow {

namespace {

caf::error damaged(const std::string& path, const char* what) {
  return fail(ec::damaged, path + ": " + what);
}

/// A file that is read from its beginning to its end.
class source {
public:
  explicit source(const std::string& path) : path_{path} {
    // Does not wait for the writer of a FIFO.
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  }

  source(const source&) = delete;
  source& operator=(const source&) = delete;

  ~source() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  caf::error open() {
    if (fd_ < 0 && errno == ELOOP)
      return damaged(path_, "not a file");
    struct stat st = {};
    if (fd_ < 0 || ::fstat(fd_, &st) != 0)
      return fail(ec::io_failed, path_ + ": " + std::strerror(errno));
    if (!S_ISREG(st.st_mode))
      return damaged(path_, "not a file");
    left_ = static_cast<uint64_t>(st.st_size);
    return caf::none;
  }

  /// Bytes to come.
  uint64_t left() const noexcept {
    return left_;
  }

  /// @pre n <= left()
  caf::error read(void* to, size_t n) {
    for (size_t done = 0; done < n;) {
      auto rc = ::read(fd_, static_cast<char*>(to) + done, n - done);
      if (rc < 0 && errno == EINTR)
        continue;
      if (rc < 0)
        return damaged(path_, std::strerror(errno));
      if (rc == 0)
        return damaged(path_, "cannot be read whole");
      done += static_cast<size_t>(rc);
    }
    left_ -= n;
    return caf::none;
  }

private:
  const std::string& path_;
  int fd_ = -1;
  uint64_t left_ = 0;
};

/// Reads and checks the header.
caf::error read_head(source& in, const std::string& path, snapshot_header& x) {
  if (auto err = in.open())
    return err;
  if (in.left() < sizeof(x))
    return damaged(path, "shorter than a header");
  if (auto err = in.read(&x, sizeof(x)))
    return err;
  if (std::memcmp(x.magic, snapshot_magic, sizeof(snapshot_magic)) != 0)
    return damaged(path, "not a snapshot");
  if (x.check != header_check(x))
    return damaged(path, "the header's checksum is wrong");
  if (x.version != snapshot_version)
    return fail(ec::io_failed,
                path + ": was made by another version of this program");
  return caf::none;
}

} // namespace

caf::expected<snapshot_content> read_snapshot(const std::string& path) {
  source in{path};
  snapshot_header head;
  if (auto err = read_head(in, path, head))
    return err;
  snapshot_content result;
  result.marker = head.marker;
  result.at = head.position;
  std::vector<uint64_t> checks{head.check};
  for (;;) {
    section_header x;
    if (in.left() < sizeof(x))
      return damaged(path, "ends without a footer");
    if (auto err = in.read(&x, sizeof(x)))
      return err;
    auto place = static_cast<uint32_t>(result.sections.size());
    if (x.owner == footer_owner) {
      if (x.length != place || x.check != footer_check(checks))
        return damaged(path, "the footer's checksum is wrong");
      if (in.left() > 0)
        return damaged(path, "goes on behind its footer");
      return result;
    }
    if (x.length > max_section || x.length > in.left())
      return damaged(path, "ends within a section");
    std::string bytes(x.length, 0);
    if (auto err = in.read(bytes.data(), bytes.size()))
      return err;
    if (x.check != section_check(head.marker, x.owner, place, bytes))
      return damaged(path, "a section's checksum is wrong");
    checks.push_back(x.check);
    result.sections.emplace_back(x.owner, std::move(bytes));
  }
}

} // namespace rrdflow
