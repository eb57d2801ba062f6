#include "actors/snapshot/snapshot_file.hpp"

#include "actors/base/checked_record.hpp"
#include "messages/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace rrdflow {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic = "RRDFSNP1";
constexpr uint32_t version = 1;
constexpr uint32_t footer_owner = 0xfffffffe;
constexpr std::string_view suffix = ".snapshot";
constexpr std::string_view rejected_suffix = ".snapshot.rejected";
constexpr size_t marker_digits = 20;

struct snapshot_header {
  char magic[8];
  uint32_t version;
  uint32_t zero;
  uint64_t marker;
  uint64_t position;
  uint64_t check;
};

/// Of a section, or a footer, whose length is the number of sections.
struct section_header {
  uint32_t owner;
  uint32_t length;
  uint64_t check;
};

constexpr record_layout section_layout = {
  /* header */ sizeof(section_header),
  /* length_at */ offsetof(section_header, length),
  /* check_at */ offsetof(section_header, check),
  /* checked_from */ sizeof(section_header),
  /* max_payload */ max_section,
};

static_assert(sizeof(snapshot_header) == 40);
static_assert(sizeof(section_header) == 16);

uint64_t check_of(const snapshot_header& x) {
  return checksum(bytes_of(x).substr(0, offsetof(snapshot_header, check)));
}

/// The seed of a section's checksum.
uint64_t seed_of(uint64_t marker, uint32_t owner, size_t place) {
  const uint64_t parts[] = {marker, uint64_t{owner} << 32 | place};
  return checksum(bytes_of(parts));
}

/// The checksum of a footer.
uint64_t check_of(const std::vector<uint64_t>& checks) {
  return checksum({reinterpret_cast<const char*>(checks.data()),
                   checks.size() * sizeof(uint64_t)});
}

} // namespace

std::string snapshot_path(const std::string& folder, uint64_t marker) {
  char name[48];
  std::snprintf(name, sizeof(name), "/%020llu.snapshot",
                static_cast<unsigned long long>(marker));
  return folder + name;
}

// -- writing ------------------------------------------------------------------

caf::expected<snapshot_writer>
snapshot_writer::create(const std::string& folder, uint64_t marker,
                        position at) {
  auto file = replacement_file::create(snapshot_path(folder, marker));
  if (!file)
    return std::move(file.error());
  snapshot_writer result{std::move(*file), marker};
  snapshot_header x = {};
  std::memcpy(x.magic, magic.data(), magic.size());
  x.version = version;
  x.marker = marker;
  x.position = at;
  x.check = check_of(x);
  result.checks_.push_back(x.check);
  if (auto err = result.file_.write(bytes_of(x)))
    return err;
  return result;
}

caf::error snapshot_writer::add(uint32_t owner, std::string_view bytes) {
  for (; bytes.size() > max_section; bytes.remove_prefix(max_section))
    if (auto err = add_section(owner, bytes.substr(0, max_section)))
      return err;
  return add_section(owner, bytes);
}

caf::error
snapshot_writer::add_section(uint32_t owner, std::string_view bytes) {
  section_header x = {owner, 0, 0};
  seal_record(section_layout, reinterpret_cast<char*>(&x), bytes,
              seed_of(marker_, owner, checks_.size() - 1));
  checks_.push_back(x.check);
  if (auto err = file_.write(bytes_of(x)))
    return err;
  return file_.write(bytes);
}

caf::error snapshot_writer::commit() {
  section_header x = {footer_owner, static_cast<uint32_t>(checks_.size() - 1),
                      check_of(checks_)};
  if (auto err = file_.write(bytes_of(x)))
    return err;
  return file_.commit();
}

// -- reading ------------------------------------------------------------------

namespace {

/// Reads and checks a snapshot from its beginning to its end.
class snapshot_reader {
public:
  explicit snapshot_reader(const std::string& path) : path_{path} {
    // nop
  }

  caf::expected<snapshot_content> run() {
    snapshot_content result;
    if (auto err = read_header(result))
      return err;
    for (;;) {
      section_header x;
      if (left() < sizeof(x))
        return damaged("ends without a footer");
      if (auto err = read(x))
        return err;
      if (x.owner != footer_owner) {
        if (auto err = read_section(x, result))
          return err;
        continue;
      }
      if (x.length != result.sections.size() || x.check != check_of(checks_))
        return damaged("the footer's checksum is wrong");
      if (left() > 0)
        return damaged("goes on behind its footer");
      return result;
    }
  }

private:
  caf::error damaged(const char* what) const {
    return fail(ec::damaged, path_ + ": " + what);
  }

  uint64_t left() const {
    return size_ - at_;
  }

  /// @pre n <= left()
  caf::error read(std::string& bytes, size_t n) {
    bytes.clear();
    if (!read_on(fd_.get(), bytes, n, at_))
      return damaged(std::strerror(errno));
    if (bytes.size() < n)
      return damaged("cannot be read whole");
    at_ += n;
    return caf::none;
  }

  template <class T>
  caf::error read(T& x) {
    std::string bytes;
    auto err = read(bytes, sizeof(x));
    std::memcpy(&x, bytes.data(), std::min(bytes.size(), sizeof(x)));
    return err;
  }

  caf::error read_header(snapshot_content& result) {
    // Does not wait for the writer of a FIFO.
    auto fd = open_file(path_, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!fd)
      return std::move(fd.error());
    fd_ = std::move(*fd);
    struct stat info;
    if (::fstat(fd_.get(), &info) != 0)
      return file_error(path_, errno);
    if (!S_ISREG(info.st_mode))
      return damaged("not a file");
    size_ = static_cast<uint64_t>(info.st_size);
    snapshot_header x;
    if (left() < sizeof(x))
      return damaged("shorter than a header");
    if (auto err = read(x))
      return err;
    if (bytes_of(x.magic) != magic)
      return damaged("not a snapshot");
    if (x.check != check_of(x))
      return damaged("the header's checksum is wrong");
    if (x.version != version)
      return fail(ec::io_failed,
                  path_ + ": was made by another version of this program");
    checks_.push_back(x.check);
    result.marker = x.marker;
    result.at = x.position;
    return caf::none;
  }

  caf::error read_section(const section_header& x, snapshot_content& result) {
    if (x.length > max_section || x.length > left())
      return damaged("ends within a section");
    std::string bytes;
    if (auto err = read(bytes, x.length))
      return err;
    if (!is_sound(section_layout, bytes_of(x).data(), bytes,
                  seed_of(result.marker, x.owner, result.sections.size())))
      return damaged("a section's checksum is wrong");
    checks_.push_back(x.check);
    result.sections.emplace_back(x.owner, std::move(bytes));
    return caf::none;
  }

  const std::string& path_;
  unique_fd fd_;
  uint64_t size_ = 0;
  uint64_t at_ = 0;
  std::vector<uint64_t> checks_;
};

} // namespace

caf::expected<snapshot_content> read_snapshot(const std::string& path) {
  return snapshot_reader{path}.run();
}

// -- the folder of snapshots --------------------------------------------------

namespace {

/// A file in the folder of snapshots.
struct found_snapshot {
  uint64_t marker;
  std::string path;
  bool rejected;
};

/// The marker in a file's name, if it is that of a snapshot.
std::optional<uint64_t>
marker_of(std::string_view name, std::string_view ending) {
  if (name.size() != marker_digits + ending.size()
      || name.substr(marker_digits) != ending)
    return std::nullopt;
  uint64_t result = 0;
  auto end = name.data() + marker_digits;
  auto [stop, err] = std::from_chars(name.data(), end, result);
  if (err != std::errc{} || stop != end)
    return std::nullopt;
  return result;
}

/// All snapshots, newest first. `err`: the folder cannot be read.
std::vector<found_snapshot>
snapshots_in(const std::string& folder, std::error_code& err) {
  std::vector<found_snapshot> result;
  fs::directory_iterator i{folder, err};
  for (; !err && i != fs::directory_iterator{}; i.increment(err)) {
    auto name = i->path().filename().string();
    std::error_code ignored;
    if (auto marker = marker_of(name, suffix))
      result.push_back({*marker, i->path().string(), false});
    else if (auto old = marker_of(name, rejected_suffix))
      result.push_back({*old, i->path().string(), true});
    else if (i->path().extension() == ".tmp")
      fs::remove(i->path(), ignored);
  }
  std::sort(result.begin(), result.end(),
            [](auto& x, auto& y) { return x.marker > y.marker; });
  return result;
}

/// Reads a snapshot and tries it.
caf::expected<snapshot_content>
read_and_check(const found_snapshot& x, const snapshot_check& check) {
  auto result = read_snapshot(x.path);
  if (!result)
    return result;
  if (result->marker != x.marker)
    return fail(ec::damaged, x.path + ": carries another marker than its name");
  if (auto err = check ? check(*result) : caf::error{})
    return fail(ec::damaged, x.path + ": " + explain(err));
  return result;
}

} // namespace

loaded_snapshot
load_newest_snapshot(const std::string& folder, const snapshot_check& check) {
  loaded_snapshot result;
  std::error_code err;
  auto found = snapshots_in(folder, err);
  if (err && err != std::errc::no_such_file_or_directory) {
    result.error = fail(ec::io_failed, folder + ": " + err.message());
    return result;
  }
  if (!found.empty())
    result.newest_marker = found.front().marker;
  std::vector<std::string> aside;
  for (auto& x : found) {
    if (x.rejected)
      continue;
    auto content = read_and_check(x, check);
    if (content) {
      result.content = std::move(*content);
      break;
    }
    if (content.error() != ec::damaged) {
      result.error = std::move(content.error());
      return result;
    }
    result.rejected.push_back(explain(content.error()));
    aside.push_back(x.path);
  }
  for (auto& path : aside) {
    auto stem = path.substr(0, path.size() - suffix.size());
    fs::rename(path, stem + std::string{rejected_suffix}, err);
    if (err)
      result.error = fail(ec::io_failed, path + ": " + err.message());
  }
  return result;
}

caf::error drop_snapshots(const std::string& folder, uint64_t marker) {
  std::error_code err;
  auto found = snapshots_in(folder, err);
  if (err)
    return fail(ec::io_failed, folder + ": " + err.message());
  caf::error result;
  for (auto& x : found)
    if (x.marker < marker && !fs::remove(x.path, err) && err)
      result = fail(ec::io_failed, x.path + ": " + err.message());
  return result;
}

} // namespace rrdflow
