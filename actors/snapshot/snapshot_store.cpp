#include "actors/snapshot/snapshot_store.hpp"

#include "messages/error.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace rrdflow {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".snapshot";
constexpr std::string_view rejected_suffix = ".snapshot.rejected";
constexpr size_t digits = 20;

/// A file in the folder of snapshots.
struct found_snapshot {
  uint64_t marker;
  std::string path;
  bool rejected;
};

/// The marker in a file's name, if it is that of a snapshot.
std::optional<uint64_t>
marker_of(std::string_view name, std::string_view ending) {
  if (name.size() != digits + ending.size() || name.substr(digits) != ending)
    return std::nullopt;
  uint64_t result = 0;
  auto [end, err] = std::from_chars(name.data(), name.data() + digits, result);
  if (err != std::errc{} || end != name.data() + digits)
    return std::nullopt;
  return result;
}

/// All snapshots, newest first; without one, `err` may say why.
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
    else if (name.size() > 4 && name.substr(name.size() - 4) == ".tmp")
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
