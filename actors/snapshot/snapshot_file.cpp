#include "actors/snapshot/snapshot_file.hpp"

#include "messages/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace rrdflow {

namespace {

constexpr char magic[8] = {'R', 'R', 'D', 'F', 'S', 'N', 'P', '1'};
constexpr uint32_t version = 1;
constexpr uint32_t footer_owner = 0xfffffffe;

struct header {
  char magic[8];
  uint32_t version;
  uint32_t zero;
  uint64_t marker;
  uint64_t position;
  uint64_t check;
};

struct section_header {
  uint32_t owner;
  uint32_t length;
  uint64_t check;
};

static_assert(sizeof(header) == 40);
static_assert(sizeof(section_header) == 16);

template <class T>
std::string_view bytes_of(const T& x) {
  return {reinterpret_cast<const char*>(&x), sizeof(x)};
}

uint64_t header_check(const header& x) {
  return XXH3_64bits(&x, offsetof(header, check));
}

uint64_t section_check(uint64_t marker, uint32_t owner, uint32_t place,
                       std::string_view bytes) {
  const uint64_t seeds[] = {marker, uint64_t{owner} << 32 | place};
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(),
                              XXH3_64bits(seeds, sizeof(seeds)));
}

uint64_t footer_check(const std::vector<uint64_t>& checks) {
  return XXH3_64bits(checks.data(), checks.size() * sizeof(uint64_t));
}

caf::error damaged(const std::string& path, const char* what) {
  return fail(ec::damaged, path + ": " + what);
}

caf::expected<std::string> read_all(const std::string& path) {
  auto fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return fail(ec::io_failed, path + ": " + std::strerror(errno));
  std::string result;
  struct stat st = {};
  if (::fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
    result.resize(static_cast<size_t>(st.st_size));
  size_t done = 0;
  while (done < result.size()) {
    auto n = ::read(fd, result.data() + done, result.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    done += static_cast<size_t>(n);
  }
  ::close(fd);
  if (done < result.size())
    return fail(ec::io_failed, path + ": cannot be read whole");
  return result;
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
  auto code = errno == ENOSPC ? ec::disk_full : ec::io_failed;
  return fail(code, temporary_ + ": " + what + ": " + std::strerror(errno));
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
  header x = {};
  std::memcpy(x.magic, magic, sizeof(magic));
  x.version = version;
  x.marker = marker_;
  x.position = at;
  x.check = header_check(x);
  checks_.push_back(x.check);
  return write(bytes_of(x));
}

caf::error snapshot_writer::add(uint32_t owner, std::string_view bytes) {
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

caf::expected<snapshot_content> read_snapshot(const std::string& path) {
  auto file = read_all(path);
  if (!file)
    return file.error();
  std::string_view rest = *file;
  header head;
  if (rest.size() < sizeof(head))
    return damaged(path, "shorter than a header");
  std::memcpy(&head, rest.data(), sizeof(head));
  rest.remove_prefix(sizeof(head));
  if (std::memcmp(head.magic, magic, sizeof(magic)) != 0)
    return damaged(path, "not a snapshot");
  if (head.version != version)
    return damaged(path, "a version that this program does not read");
  if (head.check != header_check(head))
    return damaged(path, "the header's checksum is wrong");
  snapshot_content result;
  result.marker = head.marker;
  result.at = head.position;
  std::vector<uint64_t> checks{head.check};
  for (;;) {
    section_header x;
    if (rest.size() < sizeof(x))
      return damaged(path, "ends without a footer");
    std::memcpy(&x, rest.data(), sizeof(x));
    rest.remove_prefix(sizeof(x));
    auto place = static_cast<uint32_t>(result.sections.size());
    if (x.owner == footer_owner) {
      if (x.length != place || x.check != footer_check(checks))
        return damaged(path, "the footer's checksum is wrong");
      if (!rest.empty())
        return damaged(path, "goes on behind its footer");
      return result;
    }
    if (rest.size() < x.length)
      return damaged(path, "ends within a section");
    auto bytes = rest.substr(0, x.length);
    rest.remove_prefix(x.length);
    if (x.check != section_check(head.marker, x.owner, place, bytes))
      return damaged(path, "a section's checksum is wrong");
    checks.push_back(x.check);
    result.sections.emplace_back(x.owner, std::string{bytes});
  }
}

} // namespace rrdflow
