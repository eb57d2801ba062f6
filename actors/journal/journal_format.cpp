#include "actors/journal/journal_format.hpp"

#include "actors/base/checked_record.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>

namespace rrdflow {

namespace {

constexpr uint64_t magic = 0x314c4e4a46445252; // "RRDFJNL1"
constexpr uint32_t version = 1;

/// No position or number comes this far; sums with them do not overflow.
constexpr uint64_t beyond = uint64_t{1} << 60;

constexpr uint8_t retained_flag = 1;
constexpr uint8_t duplicate_flag = 2;
constexpr uint8_t identifiers_flag = 4;

constexpr uint64_t padded(uint64_t x) {
  return (x + 7) & ~uint64_t{7};
}

template <class T>
uint8_t* put(uint8_t* to, T x) noexcept {
  std::memcpy(to, &x, sizeof(T));
  return to + sizeof(T);
}

uint8_t* put(uint8_t* to, const void* bytes, size_t size) noexcept {
  if (size > 0)
    std::memcpy(to, bytes, size);
  return to + size;
}

template <class T>
T take(const uint8_t*& from) noexcept {
  T result;
  std::memcpy(&result, from, sizeof(T));
  from += sizeof(T);
  return result;
}

const char* text(const uint8_t* x) noexcept {
  return reinterpret_cast<const char*>(x);
}

/// Binds a record to its journal and its place.
uint64_t checksum_of(const uint8_t* record, uint64_t size, uint64_t id,
                     position at) noexcept {
  constexpr auto skip = sizeof(uint64_t);
  return checksum({text(record) + skip, size - skip},
                  id ^ (at * 0x9e3779b97f4a7c15));
}

/// Length without padding.
uint64_t length_of(const record_content& x) noexcept {
  uint64_t result = record_header_size + x.topic.size() + x.payload.size();
  if (x.kind != record_kind::message)
    result += sizeof(uint64_t);
  if (x.identifier_count > 0)
    result += sizeof(uint32_t) * (1 + x.identifier_count);
  return result;
}

} // namespace

uint64_t record_size(const record_content& x) noexcept {
  if (x.topic.size() > std::numeric_limits<uint16_t>::max())
    return std::numeric_limits<uint64_t>::max();
  return padded(length_of(x));
}

uint64_t
write_record(uint8_t* to, const record_content& x, uint64_t id, position at,
             uint64_t sequence, int64_t arrival) noexcept {
  auto length = length_of(x);
  auto flags = (x.retained ? retained_flag : 0)
               | (x.duplicate ? duplicate_flag : 0)
               | (x.identifier_count > 0 ? identifiers_flag : 0);
  auto p = to + sizeof(uint64_t);
  p = put(p, static_cast<uint32_t>(length));
  p = put(p, static_cast<uint16_t>(x.topic.size()));
  p = put(p, static_cast<uint8_t>(x.kind));
  p = put(p, static_cast<uint8_t>(flags));
  p = put(p, sequence);
  p = put(p, arrival);
  if (x.kind != record_kind::message)
    p = put(p, x.request);
  if (x.identifier_count > 0) {
    p = put(p, static_cast<uint32_t>(x.identifier_count));
    p = put(p, x.identifiers, x.identifier_count * sizeof(uint32_t));
  }
  p = put(p, x.topic.data(), x.topic.size());
  p = put(p, x.payload.data(), x.payload.size());
  auto size = padded(length);
  std::memset(p, 0, static_cast<size_t>(to + size - p));
  auto check = checksum_of(to, size, id, at);
  put(to, check);
  return check;
}

bool read_record(const uint8_t* from, uint64_t size, uint64_t id, position at,
                 journal_record& x) noexcept {
  if (size < record_header_size)
    return false;
  auto p = from;
  auto check = take<uint64_t>(p);
  auto length = take<uint32_t>(p);
  // Cheap checks first: a search for a record comes by here often.
  if (length < record_header_size || padded(length) > size)
    return false;
  auto topic_size = take<uint16_t>(p);
  auto kind = take<uint8_t>(p);
  auto flags = take<uint8_t>(p);
  if (kind < static_cast<uint8_t>(record_kind::message)
      || kind > static_cast<uint8_t>(last_of(record_kind{})) || flags > 7)
    return false;
  if (checksum_of(from, padded(length), id, at) != check)
    return false;
  auto end = from + length;
  auto left = [&] { return static_cast<uint64_t>(end - p); };
  x.kind = static_cast<record_kind>(kind);
  x.begin = at;
  x.end = at + padded(length);
  x.retained = (flags & retained_flag) != 0;
  x.duplicate = (flags & duplicate_flag) != 0;
  x.sequence = take<uint64_t>(p);
  if (x.sequence >= beyond)
    return false;
  x.arrival = take<int64_t>(p);
  x.request = 0;
  x.identifiers = nullptr;
  x.identifier_count = 0;
  if (x.kind != record_kind::message) {
    if (left() < sizeof(uint64_t))
      return false;
    x.request = take<uint64_t>(p);
  }
  if ((flags & identifiers_flag) != 0) {
    if (left() < sizeof(uint32_t))
      return false;
    x.identifier_count = take<uint32_t>(p);
    if (left() / sizeof(uint32_t) < x.identifier_count)
      return false;
    x.identifiers = reinterpret_cast<const uint32_t*>(p);
    p += x.identifier_count * sizeof(uint32_t);
  }
  if (left() < topic_size)
    return false;
  x.topic = {text(p), topic_size};
  p += topic_size;
  x.payload = {text(p), static_cast<size_t>(left())};
  return true;
}

bool peek_record(const uint8_t* from, uint64_t size, uint64_t& length,
                 std::string_view& topic) noexcept {
  if (size < record_header_size)
    return false;
  auto p = from + sizeof(uint64_t);
  auto unpadded = take<uint32_t>(p);
  if (unpadded < record_header_size || padded(unpadded) > size)
    return false;
  auto topic_size = take<uint16_t>(p);
  auto kind = take<uint8_t>(p);
  auto flags = take<uint8_t>(p);
  length = padded(unpadded);
  topic = {};
  if (kind != static_cast<uint8_t>(record_kind::message))
    return true;
  uint64_t begin = record_header_size;
  if ((flags & identifiers_flag) != 0) {
    p = from + begin;
    if (unpadded - begin < sizeof(uint32_t))
      return false;
    begin += sizeof(uint32_t) * (1 + uint64_t{take<uint32_t>(p)});
  }
  if (begin > unpadded || unpadded - begin < topic_size)
    return false;
  topic = {text(from + begin), topic_size};
  return true;
}

uint64_t record_checksum(const uint8_t* record) noexcept {
  return take<uint64_t>(record);
}

void write_header(uint8_t* to, const segment_header& x) noexcept {
  auto p = put(to, magic);
  p = put(p, version);
  p = put(p, static_cast<uint32_t>(x.state));
  p = put(p, x.id);
  p = put(p, x.base);
  p = put(p, x.created);
  p = put(p, x.last_sequence);
  p = put(p, x.previous_end);
  p = put(p, x.previous_checksum);
  put(p, checksum({text(to), static_cast<size_t>(p - to)}));
}

bool read_header(const uint8_t* from, segment_header& x) noexcept {
  auto p = from;
  if (take<uint64_t>(p) != magic || take<uint32_t>(p) != version)
    return false;
  auto state = take<uint32_t>(p);
  if (state != static_cast<uint32_t>(segment_state::prepared)
      && state != static_cast<uint32_t>(segment_state::begun))
    return false;
  x.state = static_cast<segment_state>(state);
  x.id = take<uint64_t>(p);
  x.base = take<uint64_t>(p);
  x.created = take<int64_t>(p);
  x.last_sequence = take<uint64_t>(p);
  x.previous_end = take<uint64_t>(p);
  x.previous_checksum = take<uint64_t>(p);
  return take<uint64_t>(p)
           == checksum({text(from), segment_header_size - sizeof(uint64_t)})
         && x.base % 8 == 0 && x.base < beyond && x.previous_end <= x.base
         && x.last_sequence < beyond;
}

std::string segment_name(position base) {
  char result[32];
  std::snprintf(result, sizeof(result), "%016llx.journal",
                static_cast<unsigned long long>(base));
  return result;
}

bool parse_segment_name(const std::string& name, position& base) {
  unsigned long long x = 0;
  if (std::sscanf(name.c_str(), "%16llx", &x) != 1)
    return false;
  base = x;
  return name == segment_name(base);
}

} // namespace rrdflow
