#pragma once

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rrdflow {

/// A time zone of the system's database. "Local seconds" are what its clock
/// shows, counted as if that were UTC. Any thread.
class time_zone {
public:
  /// No zone.
  time_zone() = default;

  /// @param name An IANA name.
  /// @returns ec::bad_config if there is no such zone
  static caf::expected<time_zone> of(const std::string& name);

  explicit operator bool() const noexcept {
    return zone_ != nullptr;
  }

  /// When the clock showed this, in seconds since the epoch. Of the hour that
  /// it shows twice, when summer ends, the first one counts. Nothing in the
  /// hour that it leaves out.
  /// @pre there is a zone
  std::optional<int64_t> to_utc(int64_t local) const;

  /// Like `to_utc`; the time of the jump for what the clock leaves out.
  /// @pre there is a zone
  int64_t nearest_utc(int64_t local) const;

  /// The same; of the hour that the clock shows twice, the time that is nearer
  /// to `near` counts, in seconds since the epoch.
  int64_t nearest_utc(int64_t local, int64_t near) const;

private:
  /// A date::time_zone, which lives as long as the process; only the source
  /// file includes its header.
  const void* zone_ = nullptr;
};

/// Seconds, milli-, micro- or nanoseconds since the epoch, told apart by their
/// magnitude, as nanoseconds. What 64 bits cannot hold becomes the nearest that
/// they do.
int64_t from_epoch(long double x) noexcept;

/// Reads a date and time of ISO 8601, as nanoseconds since the epoch; without
/// an offset only if there is a `zone`. Takes its basic form
/// (20260114T101500Z), an offset, "UTC" or "GMT" behind a blank, and the name
/// of a zone in brackets, which counts if there is no offset. What 64 bits
/// cannot hold becomes the nearest that they do.
/// @param near see `time_zone::nearest_utc`; in nanoseconds
std::optional<int64_t>
parse_iso(std::string_view x, const time_zone& zone, int64_t near);

/// Reads a point in time as a user gives it, in seconds since the epoch:
/// "1700000000", ISO 8601 ("2026-11-22", "2026-11-22T10:00Z",
/// "2026-11-22T10:00:00+01:00"; UTC without a zone), "now", or a distance from
/// `now` ("-90s", "-1h30m", "-2d", "-1w", "-1y", "-3600"). Fractions are cut
/// off.
/// @returns nothing if it is none of these or not in the years 1970 to 9999.
std::optional<int64_t> parse_time(std::string_view x, int64_t now);

/// Appends "2026-11-22T10:00:00Z".
/// @pre `seconds` lies in the years 0 to 9999.
void append_iso(std::string& out, int64_t seconds);

/// The same with the fraction of a second to the millisecond, left out if 0.
std::string iso_time(int64_t nanoseconds);

} // namespace rrdflow
