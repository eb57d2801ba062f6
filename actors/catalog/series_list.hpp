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

/// A node of the tree that the names' slashes make.
struct series_node {
  /// With the prefix; that of a branch ends with a slash.
  std::string path;

  /// How many series are below; 1: it is a series itself.
  uint64_t count = 0;

  /// The first of them.
  series_id first = no_id;
};

/// All series in the order of their names. New ones are sorted in before each
/// look, those that were released leave then.
class series_list {
public:
  /// Calls `visit` for each series whose name is behind `after`, in order,
  /// until it returns false.
  void visit(const catalog_table& table, std::string_view after,
             const std::function<bool(series_id)>& visit);

  /// At most `limit` nodes of a level, behind the node `after`.
  std::vector<series_node>
  level(const catalog_table& table, const tree_query& query, size_t limit);

private:
  using iterator = std::vector<series_id>::const_iterator;

  /// Brings the order up to date.
  void refresh(const catalog_table& table);

  /// The first place from `from` on whose name does not begin with `prefix`.
  /// @pre Those before it do, or come before them.
  iterator behind(const catalog_table& table, std::string_view prefix,
                  iterator from) const;

  std::vector<series_id> sorted_;

  /// Series below are in `sorted_`, or released.
  series_id seen_ = 0;

  uint64_t released_ = 0;
};

/// Whether the pattern of a `series_query` selects a name.
bool matches_query(std::string_view pattern, std::string_view name);

/// Whether the whole of `name` matches `glob`: `*` stands for any bytes,
/// slashes included, `?` for one byte. Case counts.
bool name_matches_glob(std::string_view glob, std::string_view name);

/// Whether `text` is part of `name`; ASCII letters match in either case.
bool name_contains(std::string_view name, std::string_view text);

} // namespace rrdflow
