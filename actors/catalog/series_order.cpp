#include "actors/catalog/series_order.hpp"

#include "actors/catalog/series_pattern.hpp"

#include <algorithm>
#include <deque>

namespace rrdflow {

void series_order::refresh(const catalog_table& table) {
  auto gone = [&](series_id x) { return table.get(x).file == no_id; };
  if (released_ != table.released()) {
    sorted_.erase(std::remove_if(sorted_.begin(), sorted_.end(), gone),
                  sorted_.end());
    released_ = table.released();
  }
  if (seen_ == table.series_count())
    return;
  // Each name is looked up once, not in each comparison.
  std::vector<std::pair<std::string_view, series_id>> fresh;
  std::deque<std::string> rooms(1);
  for (; seen_ < table.series_count(); ++seen_) {
    if (gone(seen_))
      continue;
    fresh.emplace_back(table.name(seen_, rooms.back()), seen_);
    if (!rooms.back().empty())
      rooms.emplace_back();
  }
  std::sort(fresh.begin(), fresh.end());
  std::vector<series_id> merged;
  merged.reserve(sorted_.size() + fresh.size());
  std::string room;
  auto old = sorted_.begin();
  for (auto& [name, id] : fresh) {
    for (; old != sorted_.end() && table.name(*old, room) < name; ++old)
      merged.push_back(*old);
    merged.push_back(id);
  }
  merged.insert(merged.end(), old, sorted_.end());
  sorted_.swap(merged);
}

void series_order::visit(const catalog_table& table, std::string_view after,
                         const std::function<bool(series_id)>& visit) const {
  auto i = sorted_.begin();
  if (!after.empty())
    i = std::upper_bound(i, sorted_.end(), after,
                         [&](std::string_view name, series_id x) {
                           return name < table.name(x);
                         });
  while (i != sorted_.end() && visit(*i))
    ++i;
}

size_t series_order::behind(const catalog_table& table, std::string_view prefix,
                            size_t from) const {
  auto i = std::partition_point(
    sorted_.begin() + static_cast<std::ptrdiff_t>(from), sorted_.end(),
    [&](series_id x) {
      return table.name(x).compare(0, prefix.size(), prefix) <= 0;
    });
  return static_cast<size_t>(i - sorted_.begin());
}

std::pair<size_t, size_t>
series_order::range(const catalog_table& table, std::string_view prefix,
                    std::string_view after) const {
  auto i
    = std::partition_point(sorted_.begin(), sorted_.end(), [&](series_id x) {
        auto name = table.name(x);
        return name < prefix || (!after.empty() && name <= after);
      });
  auto first = static_cast<size_t>(i - sorted_.begin());
  // What is below a branch is behind it, too.
  if (after.size() > prefix.size() && after.back() == '/')
    first = behind(table, after, first);
  return {first, behind(table, prefix, first)};
}

bool matches_query(std::string_view pattern, std::string_view name) {
  if (is_glob(pattern))
    return name_matches_glob(pattern, name);
  while (!pattern.empty()) {
    auto end = std::min(pattern.find(' '), pattern.size());
    if (!name_contains(name, pattern.substr(0, end)))
      return false;
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
  }
  return true;
}

} // namespace rrdflow
