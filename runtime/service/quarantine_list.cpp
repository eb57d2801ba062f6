#include "runtime/service/quarantine_list.hpp"

#include "actors/base/file.hpp"
#include "actors/catalog/path_escape.hpp"
#include "actors/writer/rrd_header.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

namespace rrdflow {

namespace {

constexpr size_t max_files = 200;

/// Undoes rrd_folder::quarantine: "plant=2Ftemp-<hash>-1.rrd" was
/// "plant/temp". Long names are cut.
std::string original_name(std::string name) {
  constexpr size_t hash = 17; // with its dash
  auto dash = name.rfind('-');
  if (dash == name.npos || dash < hash)
    return {};
  name.resize(dash - hash);
  for (auto i = name.find("=2F"); i != name.npos; i = name.find("=2F", i + 1))
    name.replace(i, 3, "/");
  auto result = unescape_path(name);
  return result ? *result : name;
}

std::vector<quarantined_file>
list(const std::string& store, const std::string& folder) {
  std::vector<quarantined_file> result;
  auto path = store + '/' + folder;
  std::unique_ptr<DIR, int (*)(DIR*)> entries{::opendir(path.c_str()),
                                              ::closedir};
  while (auto* entry = entries ? ::readdir(entries.get()) : nullptr) {
    struct stat info;
    if (::fstatat(::dirfd(entries.get()), entry->d_name, &info,
                  AT_SYMLINK_NOFOLLOW)
          != 0
        || !S_ISREG(info.st_mode))
      continue;
    quarantined_file x;
    x.file = folder + '/' + entry->d_name;
    x.bytes = static_cast<uint64_t>(info.st_size);
    // That of its renaming.
    x.time = info.st_ctim.tv_sec * int64_t{1000000000} + info.st_ctim.tv_nsec;
    result.push_back(std::move(x));
  }
  return result;
}

void inspect(const std::string& store, quarantined_file& x) {
  auto fd = open_file(store + '/' + x.file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  x.was = original_name(x.file.substr(x.file.find('/') + 1));
  x.reason = fd ? read_header(fd->get(), x.bytes).reason : "cannot be opened";
}

} // namespace

std::vector<quarantined_file> list_quarantine(const std::string& store) {
  auto result = list(store, "bad");
  for (auto& x : list(store, "quarantine"))
    result.push_back(std::move(x));
  std::sort(result.begin(), result.end(),
            [](auto& x, auto& y) { return x.time > y.time; });
  result.resize(std::min(result.size(), max_files));
  for (auto& x : result) {
    if (x.file.compare(0, 4, "bad/") == 0)
      inspect(store, x);
    else
      x.reason = "bytes of the journal that are damaged or of another journal";
  }
  return result;
}

} // namespace rrdflow
