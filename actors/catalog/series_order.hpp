#pragma once

#include "actors/catalog/catalog_table.hpp"
#include "messages/catalog_values.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

/// All series in the order of their names. New ones are sorted in when somebody
/// looks, those that were released leave then.
class series_order {
public:
  /// Brings the order up to date. Comes before all else.
  void refresh(const catalog_table& table);

  /// Calls `visit` for each series whose name is behind `after`, in order,
  /// until it returns false.
  void visit(const catalog_table& table, std::string_view after,
             const std::function<bool(series_id)>& visit) const;

  /// Places [first, last) of the names that begin with `prefix` and lie behind
  /// the node `after` of that level of the tree, if it is not empty.
  std::pair<size_t, size_t>
  range(const catalog_table& table, std::string_view prefix,
        std::string_view after) const;

  /// The first place from `from` on whose name does not begin with `prefix`.
  /// @pre Those before it do.
  size_t behind(const catalog_table& table, std::string_view prefix,
                size_t from) const;

  series_id at(size_t place) const {
    return sorted_[place];
  }

private:
  std::vector<series_id> sorted_;

  /// Series below are in `sorted_`, or released.
  series_id seen_ = 0;

  uint64_t released_ = 0;
};

/// Whether a name is wanted by the pattern of a `series_query`.
bool matches_query(std::string_view pattern, std::string_view name);

} // namespace rrdflow
