#pragma once

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace rrdflow {

/// The clock on the wall of a time zone. The original wrote what it showed as
/// if that were UTC: "wall seconds" here.
class local_clock {
public:
  /// @returns ec::bad_config if there is no such zone
  static caf::expected<local_clock> of(const std::string& zone);

  /// When the clock showed this, in seconds since the epoch. Of the hour that
  /// it shows twice, when summer ends, this is the first: the original wrote
  /// nothing in the second one. Nothing in the hour that it leaves out.
  std::optional<int64_t> seconds(int64_t wall) const;

  /// Like `seconds`; the time of the jump for what the clock leaves out.
  int64_t nearest(int64_t wall) const;

private:
  explicit local_clock(const void* zone) : zone_{zone} {
    // nop
  }

  /// A date::time_zone, which lives as long as the process.
  const void* zone_;
};

} // namespace rrdflow
