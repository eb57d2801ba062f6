#include "actors/catalog/series_order.hpp"

#include "actors/catalog/series_pattern.hpp"

#include <algorithm>

namespace rrdflow {

void series_order::refresh(const catalog_table& table) {
  auto gone = [&](series_id x) { return table.get(x).file == no_id; };
  auto before = [&](series_id x, series_id y) { return table.before(x, y); };
  if (released_ != table.released()) {
    sorted_.erase(std::remove_if(sorted_.begin(), sorted_.end(), gone),
                  sorted_.end());
    released_ = table.released();
  }
  if (seen_ == table.series_count())
    return;
  std::vector<series_id> fresh;
  for (; seen_ < table.series_count(); ++seen_)
    if (!gone(seen_))
      fresh.push_back(seen_);
  std::sort(fresh.begin(), fresh.end(), before);
  std::vector<series_id> merged;
  merged.reserve(sorted_.size() + fresh.size());
  std::merge(sorted_.begin(), sorted_.end(), fresh.begin(), fresh.end(),
             std::back_inserter(merged), before);
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

bool matches_query(std::string_view pattern, std::string_view name) {
  return is_glob(pattern) ? name_matches_glob(pattern, name)
                          : name_contains(name, pattern);
}

} // namespace rrdflow
