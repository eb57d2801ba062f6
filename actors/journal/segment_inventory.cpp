#include "actors/journal/segment_inventory.hpp"

#include "actors/base/mapped_file.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace rrdflow {

namespace {

namespace fs = std::filesystem;

/// Of a segment's base.
constexpr uint64_t alignment = 4096;

/// While files that have each other's names are renamed.
const std::string moving = ".moving";

bool ends_with(const std::string& x, const std::string& suffix) {
  return x.size() >= suffix.size()
         && x.compare(x.size() - suffix.size(), suffix.size(), suffix) == 0;
}

found_segment
inspect_file(const std::string& path, position named, const mapped_file& file) {
  found_segment result;
  result.segment = std::make_shared<segment>();
  auto& x = *result.segment;
  x.path = path;
  x.size = file.size();
  auto size = file.size() / 8 * 8;
  result.data_size = size;
  segment_header front;
  segment_header back;
  auto front_known = false;
  auto back_known = false;
  if (size >= segment_header_size) {
    front_known = read_header(file.data(), front);
    auto at = size - segment_header_size;
    back_known = at > 0 && read_header(file.data() + at, back);
    if (back_known)
      result.data_size = at;
  }
  result.header_damaged = !front_known || !back_known;
  x.header_known = front_known || back_known;
  // The copy at the end is written first when a segment is begun.
  if (back_known)
    x.header = back;
  if (front_known && (!back_known || front.state == segment_state::begun))
    x.header = front;
  if (!x.header_known)
    x.header.base = named;
  return result;
}

/// The number that most segments have.
uint64_t commonest_id(const std::vector<found_segment>& xs) {
  std::map<uint64_t, size_t> counts;
  uint64_t result = 0;
  for (auto& x : xs)
    if (auto id = x.segment->header.id;
        x.segment->header_known && ++counts[id] > counts[result])
      result = id;
  return result;
}

/// Sets segments of other journals aside.
void remove_foreign(const std::string& quarantine,
                    segment_inventory& inventory) {
  auto& xs = inventory.segments;
  for (size_t i = 0; i < xs.size();) {
    auto& x = *xs[i].segment;
    if (!x.header_known) {
      x.header.id = inventory.id;
    } else if (x.header.id != inventory.id) {
      ++inventory.foreign;
      auto name = fs::path{x.path}.filename().string();
      std::error_code err;
      fs::rename(x.path, quarantine + "/foreign-" + name, err);
      inventory.problems.push_back(
        x.path + ": is of another journal"
        + (err ? ", and cannot be moved to quarantine: " + err.message()
               : ": moved to quarantine"));
      xs.erase(xs.begin() + static_cast<std::ptrdiff_t>(i));
      continue;
    }
    ++i;
  }
}

/// Gives each file the name that its header tells.
void rename_misnamed(const std::string& folder, const std::string& quarantine,
                     segment_inventory& inventory) {
  auto& xs = inventory.segments;
  auto rename = [&](const std::string& from, const std::string& to) {
    std::error_code err;
    fs::rename(from, to, err);
    if (err)
      inventory.problems.push_back(from + ": " + err.message());
    return !err;
  };
  auto path_of = [&](const found_segment& x) {
    return folder + "/" + segment_name(x.segment->header.base);
  };
  for (auto& x : xs) {
    if (x.segment->path == path_of(x))
      continue;
    ++inventory.misnamed;
    if (!ends_with(x.segment->path, moving)
        && rename(x.segment->path, x.segment->path + moving))
      x.segment->path += moving;
  }
  // Of two with the same positions, that with the right name comes first.
  std::stable_sort(xs.begin(), xs.end(), [&](auto& a, auto& b) {
    auto l = a.segment->header.base;
    auto r = b.segment->header.base;
    return l != r
             ? l < r
             : a.segment->path == path_of(a) && b.segment->path != path_of(b);
  });
  auto same = [](auto& a, auto& b) {
    return a.segment->header.base == b.segment->header.base;
  };
  for (size_t i = 1; i < xs.size();) {
    if (same(xs[i - 1], xs[i])) {
      auto name = fs::path{xs[i].segment->path}.filename().string();
      rename(xs[i].segment->path, quarantine + "/" + name);
      xs.erase(xs.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  for (auto& x : xs)
    if (x.segment->path != path_of(x) && rename(x.segment->path, path_of(x)))
      x.segment->path = path_of(x);
}

} // namespace

caf::expected<segment_inventory>
take_inventory(const std::string& folder, const std::string& quarantine,
               uint64_t segment_size, uint64_t id) {
  segment_inventory result;
  std::error_code err;
  std::vector<std::string> names;
  for (fs::directory_iterator i{folder, err}, end; !err && i != end;
       i.increment(err))
    names.push_back(i->path().filename().string());
  if (err)
    return fail(ec::io_failed, folder + ": " + err.message());
  std::sort(names.begin(), names.end());
  for (auto& name : names) {
    auto path = folder + "/" + name;
    if (ends_with(name, ".journal.tmp")) {
      fs::remove(path, err);
      continue;
    }
    auto stem = ends_with(name, moving)
                  ? name.substr(0, name.size() - moving.size())
                  : name;
    position named = 0;
    if (!parse_segment_name(stem, named))
      continue;
    auto file = mapped_file::open(path, false);
    if (!file) {
      if (is_passing(file.error()))
        return std::move(file.error());
      result.problems.push_back(explain(file.error()));
      result.unused = std::max(result.unused, named + segment_size);
      continue;
    }
    (*file)->load(0, 1);
    (*file)->load((*file)->size() - std::min<size_t>((*file)->size(), 80), 80);
    auto x = inspect_file(path, named, **file);
    auto base = std::max(named, x.segment->header.base);
    auto size = std::max(x.segment->size, segment_size);
    auto behind = (base + size + alignment - 1) / alignment * alignment;
    result.unused = std::max(result.unused, behind);
    result.segments.push_back(std::move(x));
  }
  result.id = id != 0 ? id : commonest_id(result.segments);
  remove_foreign(quarantine, result);
  rename_misnamed(folder, quarantine, result);
  return result;
}

} // namespace rrdflow
