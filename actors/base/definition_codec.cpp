#include "actors/base/definition_codec.hpp"

#include "actors/base/checked_record.hpp"
#include "messages/packed_members.hpp"

#include <cmath>
#include <limits>

namespace rrdflow {

// The order of the members is part of both forms.

static auto members_of(source_definition& x) {
  return std::tie(x.name, x.type, x.sample, x.fill, x.heartbeat, x.min, x.max);
}

static auto members_of(archive_definition& x) {
  return std::tie(x.function, x.xff, x.steps, x.rows);
}

static auto members_of(file_definition& x) {
  return std::tie(x.step, x.lateness, x.sources, x.archives);
}

namespace {

/// Ends reading what is no definition; never leaves this file.
[[noreturn]] void refuse() {
  throw std::invalid_argument{"no definition"};
}

void require_valid(const file_definition& x) {
  constexpr auto bound = int64_t{1} << 33;
  if (x.step <= 0 || x.step >= bound || x.lateness < 0 || x.lateness >= bound
      || x.sources.empty() || x.sources.size() > 0xffff)
    refuse();
}

template <class T>
void write(byte_writer& out, const T& x) {
  if constexpr (std::is_enum_v<T>) {
    out.number(static_cast<uint8_t>(x));
  } else if constexpr (std::is_floating_point_v<T>) {
    out.number(std::isnan(x) ? std::numeric_limits<T>::quiet_NaN() : x);
  } else if constexpr (std::is_arithmetic_v<T>) {
    out.number(x);
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.text(x);
  } else if constexpr (detail::is_vector<T>::value) {
    out.number(static_cast<uint32_t>(x.size()));
    for (auto& y : x)
      write(out, y);
  } else {
    std::apply([&](auto&... ys) { (write(out, ys), ...); },
               members_of(const_cast<T&>(x)));
  }
}

template <class T>
void read(byte_reader& in, T& x) {
  if constexpr (std::is_enum_v<T>) {
    auto number = in.number<uint8_t>();
    if (number > static_cast<uint8_t>(last_of(x)))
      refuse();
    x = static_cast<T>(number);
  } else if constexpr (std::is_arithmetic_v<T>) {
    x = in.number<T>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    x = in.text();
  } else if constexpr (detail::is_vector<T>::value) {
    for (auto n = in.number<uint32_t>(); n > 0 && in.good(); --n)
      read(in, x.emplace_back());
  } else {
    std::apply([&](auto&... ys) { (read(in, ys), ...); }, members_of(x));
  }
}

} // namespace

namespace {

/// As it is stored: heartbeat and heartbeat_max are one number.
file_definition joined(file_definition x) {
  for (auto& source : x.sources)
    source.heartbeat = static_cast<int64_t>(
      static_cast<uint64_t>(source.heartbeat)
      | static_cast<uint64_t>(source.heartbeat_max) << 32);
  return x;
}

void part(file_definition& x) {
  for (auto& source : x.sources) {
    source.heartbeat_max = source.heartbeat >> 32;
    source.heartbeat &= 0xffffffff;
  }
}

} // namespace

void append_definition(const file_definition& x, std::string& out) {
  byte_writer to{out};
  write(to, joined(x));
}

std::optional<file_definition> read_definition(std::string_view bytes) {
  try {
    byte_reader in{bytes};
    file_definition result;
    read(in, result);
    if (!in.done())
      return std::nullopt;
    part(result);
    require_valid(result);
    return result;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

void pack_definition(const file_definition& x, std::string& out) {
  pack_members(out, joined(x));
}

std::optional<file_definition> unpack_definition(const msgpack::object* xs) {
  try {
    file_definition result;
    unpack_members(xs, result);
    part(result);
    require_valid(result);
    return result;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

} // namespace rrdflow
