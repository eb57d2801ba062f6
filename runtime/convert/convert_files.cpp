#include "runtime/convert/convert_files.hpp"

#include "actors/base/file.hpp"
#include "actors/catalog/path_escape.hpp"
#include "actors/writer/rrd_header.hpp"
#include "messages/error.hpp"
#include "runtime/convert/rrd_shift.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace rrdflow {

namespace {

namespace fs = std::filesystem;

constexpr size_t max_size = 1 << 30;
constexpr size_t max_header = 64 << 20;

std::string reason() {
  return std::strerror(errno);
}

/// Files and folders made by root get the owner of the folder that they are in:
/// the service must be able to write them.
bool give_to_owner_of(int folder, int fd) {
  if (::geteuid() != 0)
    return true;
  struct stat info {};
  return ::fstat(folder, &info) == 0
         && ::fchown(fd, info.st_uid, info.st_gid) == 0;
}

unique_fd open_folder(const fs::path& x) {
  return unique_fd{
    ::open(x.empty() ? "." : x.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

std::string make_folder(const fs::path& x) {
  if (x.empty() || fs::is_directory(x))
    return {};
  auto parent = x.parent_path();
  auto failed = make_folder(parent);
  if (!failed.empty())
    return failed;
  auto above = open_folder(parent);
  unique_fd made;
  if (::mkdir(x.c_str(), 0750) == 0)
    made = open_folder(x);
  if (!above || !made || !give_to_owner_of(above.get(), made.get()))
    return x.string() + ": " + reason();
  return {};
}

/// Writes a file that is not there before it is whole.
std::string write_new(const std::string& to, const std::string& bytes) {
  auto folder = fs::path{to}.parent_path();
  auto directory = open_folder(folder);
  if (!directory)
    return folder.string() + ": " + reason();
  auto temporary = to + ".XXXXXX";
  unique_fd file{::mkostemp(temporary.data(), O_CLOEXEC)};
  if (!file)
    return to + ": " + reason();
  std::string result;
  if (!write_all(file.get(), bytes, 0) || ::fchmod(file.get(), 0640) != 0
      || !give_to_owner_of(directory.get(), file.get())
      || ::fsync(file.get()) != 0 || ::link(temporary.c_str(), to.c_str()) != 0)
    result = to + ": " + reason();
  ::unlink(temporary.c_str());
  if (result.empty() && ::fsync(directory.get()) != 0)
    result = folder.string() + ": " + reason();
  return result;
}

std::string convert(converted_file& x, const time_zone& clock) {
  auto bytes = read_file(x.from, max_size);
  if (!bytes)
    return explain(bytes.error());
  auto size = bytes->size();
  auto header = parse_header(bytes->substr(0, max_header), size);
  if (!header)
    return x.from + ": " + header.reason;
  auto shifted = shift_rrd(std::move(*bytes), header, clock);
  x.was = header.last_update;
  x.is = shifted.last_update;
  x.inexact = shifted.inexact;
  return write_new(x.to, shifted.bytes);
}

} // namespace

std::string default_target(const std::string& from) {
  fs::path path{from};
  if (!path.has_filename())
    path = path.parent_path();
  auto name = path.stem().string() + ".utc" + path.extension().string();
  return path.replace_filename(name).string();
}

std::vector<converted_file>
convert_files(const std::string& from, const std::string& to,
              const time_zone& clock) {
  std::vector<converted_file> result;
  std::error_code error;
  if (!fs::is_directory(from, error)) {
    result.push_back({from, to, 0, 0, 0, {}});
  } else {
    // A slash at the end is no folder of its own.
    auto failed = make_folder((fs::path{to} / ".").parent_path());
    if (!failed.empty())
      return {{from, to, 0, 0, 0, failed}};
    for (fs::directory_iterator i{from, error}, end; !error && i != end;
         i.increment(error)) {
      if (i->path().extension() != ".rrd")
        continue;
      auto name = i->path().stem().string();
      auto path = escape_name(name);
      result.push_back({i->path().string(),
                        to + '/' + (path ? *path : name) + ".rrd",
                        0,
                        0,
                        0,
                        {}});
    }
    if (error)
      result.push_back({from, to, 0, 0, 0, from + ": " + error.message()});
    std::sort(result.begin(), result.end(),
              [](auto& x, auto& y) { return x.from < y.from; });
  }
  for (auto& x : result)
    if (x.failed.empty())
      x.failed = convert(x, clock);
  return result;
}

} // namespace rrdflow
