#pragma once

#include "config/file_definition.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace rrdflow {

/// The rows of an archive by their age: 0 is the newest.
class archive_rows {
public:
  /// How a row got its values.
  enum class origin : uint8_t { none, nearest, made, exact };

  /// @param step of the file, seconds
  /// @param last_update of the file, seconds
  archive_rows(const archive_definition& x, size_t sources, int64_t step,
               int64_t last_update)
    : definition_{x}, sources_{sources}, length_{step * x.steps},
      end_{last_update - last_update % length_},
      values_(size_t{x.rows} * sources,
              std::numeric_limits<double>::quiet_NaN()),
      origins_(x.rows, origin::none) {
    // nop
  }

  const archive_definition& definition() const noexcept {
    return definition_;
  }

  /// Seconds of one row.
  int64_t length() const noexcept {
    return length_;
  }

  /// When the newest row ends.
  int64_t end() const noexcept {
    return end_;
  }

  int64_t end_of(size_t age) const noexcept {
    return end_ - static_cast<int64_t>(age) * length_;
  }

  /// The age of the row that ends then, if the archive has it.
  std::optional<size_t> age_of(int64_t end) const noexcept;

  double& at(size_t age, size_t source) noexcept {
    return values_[age * sources_ + source];
  }

  double at(size_t age, size_t source) const noexcept {
    return values_[age * sources_ + source];
  }

  origin& origin_of(size_t age) noexcept {
    return origins_[age];
  }

  origin origin_of(size_t age) const noexcept {
    return origins_[age];
  }

  /// Takes over a row of another time; `exact` if its slot is the right one.
  void put(size_t age, const archive_rows& from, size_t from_age, bool exact);

  /// Makes a row of the finer rows that it is of, if `finer` has them all.
  bool make(size_t age, const archive_rows& finer);

private:
  archive_definition definition_;
  size_t sources_;
  int64_t length_;
  int64_t end_;
  std::vector<double> values_;
  std::vector<origin> origins_;
};

/// A consolidation under way, as librrd does it.
struct consolidating {
  explicit consolidating(consolidation x) : function{x} {
    // nop
  }

  void add(double x);

  /// The row's value, if so many of its parts may be unknown.
  double result(double most_unknown) const;

  consolidation function;

  /// The sum (AVERAGE), least, greatest or last; unknown at first.
  double value = std::numeric_limits<double>::quiet_NaN();

  uint64_t known = 0;
  uint64_t unknown = 0;
};

} // namespace rrdflow
