#pragma once

#include "runtime/cli/asker.hpp"

#include <functional>
#include <string>
#include <vector>

namespace rrdflow {

/// A series as the service lists it.
struct listed_series {
  std::string name;
  bool alive = true;

  /// Of the newest reading; NaN: there was none since the service started, or
  /// it was unknown.
  double value = 0;

  /// Seconds since the newest reading; negative: there was none.
  double age = -1;
};

/// Hands over all series that match the glob (or contain the text), page by
/// page in the order of their names, until `next` returns false.
/// @returns false if something went wrong, which is reported.
bool for_each_page(
  asker& service, const std::string& pattern,
  const std::function<bool(const std::vector<listed_series>&)>& next);

} // namespace rrdflow
