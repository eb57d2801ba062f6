#include "runtime/convert/local_clock.hpp"

#include "messages/error.hpp"

#include <date/tz.h>

#include <chrono>
#include <exception>

namespace rrdflow {

namespace {

date::local_info look(const void* zone, int64_t wall) {
  auto local = date::local_seconds{std::chrono::seconds{wall}};
  return static_cast<const date::time_zone*>(zone)->get_info(local);
}

} // namespace

caf::expected<local_clock> local_clock::of(const std::string& zone) {
  try {
    return local_clock{date::locate_zone(zone)};
  } catch (const std::exception& x) {
    return fail(ec::bad_config,
                "\"" + zone + "\" is no time zone: " + x.what());
  }
}

std::optional<int64_t> local_clock::seconds(int64_t wall) const {
  auto info = look(zone_, wall);
  if (info.result == date::local_info::nonexistent)
    return std::nullopt;
  return wall - info.first.offset.count();
}

int64_t local_clock::nearest(int64_t wall) const {
  auto info = look(zone_, wall);
  if (info.result == date::local_info::nonexistent)
    return info.first.end.time_since_epoch().count();
  return wall - info.first.offset.count();
}

} // namespace rrdflow
