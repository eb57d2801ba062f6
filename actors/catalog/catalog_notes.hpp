#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// Collects lines for the log, the first ones only: what one rule does to a
/// hundred thousand files shall not be a hundred thousand lines.
class catalog_notes {
public:
  void add(std::string line) {
    if (lines_.size() < most)
      lines_.push_back(std::move(line));
    else
      ++suppressed_;
  }

  std::vector<std::string> take() {
    if (suppressed_ > 0)
      lines_.push_back("and " + std::to_string(suppressed_)
                       + " more of that kind");
    suppressed_ = 0;
    return std::exchange(lines_, {});
  }

private:
  static constexpr size_t most = 20;

  std::vector<std::string> lines_;
  uint64_t suppressed_ = 0;
};

} // namespace rrdflow
