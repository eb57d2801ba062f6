#pragma once

#include "messages/sample.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace rrdflow {

/// Numbers the names of rules, "rrd/NAME" for an `[[rrd]]`. A name keeps its
/// number as long as the process runs, and in snapshots.
class rule_names {
public:
  static constexpr size_t max_names = 65536;

  /// The number of `name`, a new one if needed.
  /// @returns false if all numbers are taken.
  bool number(const std::string& name, rule_id& x) {
    auto i = numbers_.find(name);
    if (i != numbers_.end()) {
      x = i->second;
      return true;
    }
    if (names_.size() == max_names)
      return false;
    x = static_cast<rule_id>(names_.size());
    numbers_.emplace(name, x);
    names_.push_back(name);
    return true;
  }

  const std::vector<std::string>& names() const noexcept {
    return names_;
  }

private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, rule_id> numbers_;
};

} // namespace rrdflow
