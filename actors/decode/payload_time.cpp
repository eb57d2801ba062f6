#include "actors/decode/payload_time.hpp"

#include "actors/decode/formats/number.hpp"

#include <xxhash.h>

#include <algorithm>
#include <iterator>
#include <limits>

namespace rrdflow {

namespace {

struct time_key {
  std::string_view path;
  bool ambiguous;
};

/// Only whole paths count: not `minute_ts`, `rx_metadata/timestamp`, `uptime`,
/// `lastEvent`, `TotalStartTime`, nor the `ts` of some inner object.
constexpr time_key keys[] = {
  {"Epoch", false},      {"uplink_message/received_at", false},
  {"params/ts", false},  {"tst", false},
  {"timestamp", false},  {"dateTime", false},
  {"datetime", false},   {"ts", false},
  {"time", true},        {"Time", true},
  {"last_seen", false},  {"received_at", false},
  {"date", true},        {"t", true},
  {"created_at", false},
};

static_assert(std::size(keys) == time_field_priorities);

constexpr bool all_may_have_time() noexcept {
  for (auto& x : keys)
    if (!may_have_time(x.path))
      return false;
  return true;
}

static_assert(all_may_have_time());

/// In small letters, without "_" and "-".
constexpr std::string_view identities[] = {
  "id",     "name",     "model",    "device",  "deviceid",     "devicename",
  "deveui", "sensor",   "sensorid", "mac",     "macaddress",   "address",
  "addr",   "ieeeaddr", "channel",  "uuid",    "serialnumber", "serial",
  "sn",     "node",     "nodeid",   "modelid",
};

constexpr size_t max_identity = 16;

bool is_identity(std::string_view key) noexcept {
  if (key.size() < 2 || key.size() > max_identity)
    return false;
  char plain[max_identity];
  size_t size = 0;
  for (auto c : key)
    if (c != '_' && c != '-')
      plain[size++] = static_cast<char>(c | 0x20);
  return std::find(std::begin(identities), std::end(identities),
                   std::string_view{plain, size})
         != std::end(identities);
}

/// Says no to most keys that are no identity.
constexpr bool may_be_identity(char first) noexcept {
  switch (first | 0x20) {
    case 'i':
    case 'n':
    case 'm':
    case 'd':
    case 's':
    case 'a':
    case 'c':
    case 'u':
      return true;
    default:
      return false;
  }
}

} // namespace

std::optional<int64_t>
parse_time(const scalar& x, const time_zone& zone, int64_t near) {
  switch (x.kind) {
    case scalar_kind::integer:
      return from_epoch(static_cast<long double>(x.integer));
    case scalar_kind::natural:
      return from_epoch(static_cast<long double>(x.natural));
    case scalar_kind::real:
      return from_epoch(static_cast<long double>(x.real));
    case scalar_kind::text: {
      scalar number;
      if (parse_number(x.text, number))
        return parse_time(number, zone, near);
      return parse_iso(trimmed(x.text), zone, near);
    }
    case scalar_kind::beyond:
      return std::numeric_limits<int64_t>::max();
    default:
      return std::nullopt;
  }
}

int16_t time_field_priority(std::string_view path) noexcept {
  if (!may_have_time(path))
    return -1;
  for (int16_t i = 0; i < time_field_priorities; ++i)
    if (keys[i].path == path)
      return i;
  return -1;
}

int16_t field_role(std::string_view path) noexcept {
  if (auto result = time_field_priority(path); result >= 0)
    return result;
  // Nothing behind the last slash, too, if there is none.
  auto key = path.substr(path.rfind('/') + 1);
  return !key.empty() && may_be_identity(key.front()) && is_identity(key)
           ? identity_role
           : no_role;
}

bool is_numeric(const scalar& x) noexcept {
  scalar ignored;
  return is_number(x) || x.kind == scalar_kind::beyond
         || (x.kind == scalar_kind::text && parse_number(x.text, ignored));
}

bool is_ambiguous_time(int16_t priority, const scalar& x) noexcept {
  if (!keys[priority].ambiguous)
    return false;
  auto number = x;
  if (x.kind == scalar_kind::text && !parse_number(x.text, number))
    return false;
  switch (number.kind) {
    case scalar_kind::natural:
      return number.natural < 1000000000;
    case scalar_kind::real:
      return number.real < 1e9;
    default:
      return true;
  }
}

uint64_t last_times::key(std::string_view series) noexcept {
  return XXH3_64bits(series.data(), series.size());
}

uint32_t last_times::find(uint64_t key) const {
  auto i = indexes_.find(key);
  return i == indexes_.end() ? none : i->second;
}

uint32_t last_times::add(uint64_t key) {
  auto next = static_cast<uint32_t>(times_.size());
  auto [i, added] = indexes_.insert({key, next});
  if (added)
    times_.emplace_back(key, never);
  return i->second;
}

} // namespace rrdflow
