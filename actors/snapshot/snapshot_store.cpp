#include "actors/snapshot/snapshot_store.hpp"

#include "messages/error.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace rrdflow {

namespace {

constexpr std::string_view suffix = ".snapshot";

/// The marker in a file's name, if it is that of a snapshot.
std::optional<uint64_t> marker_of(std::string_view name) {
  if (name.size() != 20 + suffix.size() || name.substr(20) != suffix)
    return std::nullopt;
  uint64_t result = 0;
  auto [end, err] = std::from_chars(name.data(), name.data() + 20, result);
  if (err != std::errc{} || end != name.data() + 20)
    return std::nullopt;
  return result;
}

/// The markers of all snapshots, newest first; without one, `err` may say why.
std::vector<uint64_t>
markers_in(const std::string& folder, std::error_code& err) {
  std::vector<uint64_t> result;
  std::filesystem::directory_iterator i{folder, err};
  for (; !err && i != std::filesystem::directory_iterator{}; i.increment(err)) {
    auto name = i->path().filename().string();
    std::error_code ignored;
    if (auto marker = marker_of(name))
      result.push_back(*marker);
    else if (name.size() > 4 && name.substr(name.size() - 4) == ".tmp")
      std::filesystem::remove(i->path(), ignored);
  }
  std::sort(result.rbegin(), result.rend());
  return result;
}

} // namespace

loaded_snapshot load_newest_snapshot(const std::string& folder) {
  loaded_snapshot result;
  std::error_code err;
  auto markers = markers_in(folder, err);
  if (err && err != std::errc::no_such_file_or_directory)
    result.error = fail(ec::io_failed, folder + ": " + err.message());
  for (auto marker : markers) {
    result.newest_marker = std::max(result.newest_marker, marker);
    auto x = read_snapshot(snapshot_path(folder, marker));
    if (x && x->marker != marker)
      x = fail(ec::damaged, snapshot_path(folder, marker)
                              + ": carries another marker than its name");
    if (!x) {
      result.rejected.push_back(explain(x.error()));
    } else if (!result.content) {
      result.content = std::move(*x);
    } else {
      result.previous.emplace(x->marker, x->at);
      break;
    }
  }
  return result;
}

void drop_snapshots(const std::string& folder, uint64_t marker) {
  std::error_code err;
  for (auto x : markers_in(folder, err))
    if (x < marker)
      std::filesystem::remove(snapshot_path(folder, x), err);
}

} // namespace rrdflow
