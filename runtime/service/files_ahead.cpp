#include "runtime/service/files_ahead.hpp"

#include "actors/base/calendar.hpp"
#include "actors/base/printable.hpp"
#include "actors/catalog/path_escape.hpp"
#include "actors/writer/rrd_reader.hpp"
#include "config/config.hpp"
#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <optional>

namespace rrdflow {

namespace {

/// More of them are only counted.
constexpr uint64_t max_named = 100;

std::string iso(int64_t seconds) {
  return iso_time(seconds * 1'000'000'000);
}

/// What the time ahead means if the zone is that of the original.
std::string explanation(const std::string& zone, int64_t last, int64_t now) {
  std::string convert
    = "rrdflow import-janitoo --convert makes a new file with "
      "the history at the right times";
  if (zone.empty())
    return "if the original wrote it, in local time, set "
           "janitoo.original_timezone; "
           + convert;
  auto clock = time_zone::of(zone);
  if (!clock)
    return explain(clock.error());
  auto real = clock->nearest_utc(last);
  if (real > now + 60)
    return "in " + zone + ", too, that is ahead of now: " + iso(real);
  return "by the clock of " + zone + " that was " + iso(real) + "; " + convert;
}

} // namespace

uint64_t
log_files_ahead(const config& x, std::chrono::system_clock::time_point time) {
  auto now
    = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch())
        .count();
  auto folder = rrd_folder::open(x.store.directory);
  if (!folder) {
    spdlog::warn("last updates are not compared with the clock: {}",
                 explain(folder.error()));
    return 0;
  }
  uint64_t result = 0;
  for (auto& rrd : x.rules.rrds) {
    auto path = escape_name(rrd.name);
    if (!path)
      continue;
    auto info = describe_file(*folder, *path);
    if (!info || !info->exists
        || info->last_update <= now + rrd.definition->step)
      continue;
    if (++result > max_named)
      continue;
    spdlog::warn(
      "{}: its last update, {}, is {} s ahead of now: values are "
      "refused, as late, until then; {}",
      printable(rrd.name), iso(info->last_update), info->last_update - now,
      explanation(x.janitoo.original_timezone, info->last_update, now));
  }
  if (result > max_named)
    spdlog::warn("{} files more have a last update ahead of now",
                 result - max_named);
  return result;
}

} // namespace rrdflow
