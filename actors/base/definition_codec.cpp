#include "actors/base/definition_codec.hpp"

#include "actors/base/checked_record.hpp"

#include <msgpack.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace rrdflow {

namespace {

// -- what is stored -----------------------------------------------------------

/// The members of a definition, source or archive, in both forms' order.
template <class T>
auto members_of(T& x) {
  using type = std::remove_const_t<T>;
  if constexpr (std::is_same_v<type, source_definition>)
    return std::tie(x.name, x.type, x.sample, x.fill, x.heartbeat, x.min,
                    x.max);
  else if constexpr (std::is_same_v<type, archive_definition>)
    return std::tie(x.function, x.xff, x.steps, x.rows);
  else
    return std::tie(x.step, x.lateness, x.sources, x.archives);
}

template <class T>
struct is_list : std::false_type {};

template <class T>
struct is_list<std::vector<T>> : std::true_type {};

/// Ends reading what is no definition; never leaves this file.
[[noreturn]] void refuse() {
  throw std::invalid_argument{"no definition"};
}

template <class Enum>
Enum to_enum(uint64_t x) {
  if (x > static_cast<uint64_t>(last_of(Enum{})))
    refuse();
  return static_cast<Enum>(x);
}

void require_valid(const file_definition& x) {
  constexpr auto bound = int64_t{1} << 33;
  if (x.step <= 0 || x.step >= bound || x.lateness < 0 || x.lateness >= bound
      || x.sources.empty() || x.sources.size() > 0xffff)
    refuse();
}

// -- as bytes -----------------------------------------------------------------

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
  } else if constexpr (is_list<T>::value) {
    out.number(static_cast<uint32_t>(x.size()));
    for (auto& y : x)
      write(out, y);
  } else {
    std::apply([&](auto&... ys) { (write(out, ys), ...); }, members_of(x));
  }
}

template <class T>
void read(byte_reader& in, T& x) {
  if constexpr (std::is_enum_v<T>) {
    x = to_enum<T>(in.number<uint8_t>());
  } else if constexpr (std::is_arithmetic_v<T>) {
    x = in.number<T>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    x = in.text();
  } else if constexpr (is_list<T>::value) {
    for (auto n = in.number<uint32_t>(); n > 0 && in.good(); --n)
      read(in, x.emplace_back());
  } else {
    std::apply([&](auto&... ys) { (read(in, ys), ...); }, members_of(x));
  }
}

// -- as msgpack ---------------------------------------------------------------

struct sink {
  std::string& out;

  void write(const char* data, size_t size) {
    out.append(data, size);
  }
};

using packer = msgpack::packer<sink>;

template <class T>
void pack(packer& out, const T& x) {
  if constexpr (std::is_enum_v<T>) {
    out.pack(static_cast<unsigned>(x));
  } else if constexpr (is_list<T>::value) {
    out.pack_array(static_cast<uint32_t>(x.size()));
    for (auto& y : x) {
      auto members = members_of(y);
      out.pack_array(std::tuple_size_v<decltype(members)>);
      std::apply([&](auto&... ys) { (pack(out, ys), ...); }, members);
    }
  } else {
    out.pack(x);
  }
}

template <class... Ts, size_t... Is>
void unpack_all(const msgpack::object* xs, const std::tuple<Ts...>& members,
                std::index_sequence<Is...>);

template <class T>
void unpack(const msgpack::object& from, T& x) {
  auto array = [](const msgpack::object& y) {
    if (y.type != msgpack::type::ARRAY)
      refuse();
    return y.via.array;
  };
  if constexpr (std::is_enum_v<T>) {
    x = to_enum<T>(from.as<unsigned>());
  } else if constexpr (is_list<T>::value) {
    auto list = array(from);
    for (uint32_t i = 0; i < list.size; ++i) {
      auto ys = array(list.ptr[i]);
      auto members = members_of(x.emplace_back());
      constexpr auto n = std::tuple_size_v<decltype(members)>;
      if (ys.size != n)
        refuse();
      unpack_all(ys.ptr, members, std::make_index_sequence<n>{});
    }
  } else {
    x = from.as<T>();
  }
}

template <class... Ts, size_t... Is>
void unpack_all(const msgpack::object* xs, const std::tuple<Ts...>& members,
                std::index_sequence<Is...>) {
  (unpack(xs[Is], std::get<Is>(members)), ...);
}

} // namespace

void append_definition(const file_definition& x, std::string& out) {
  byte_writer to{out};
  write(to, x);
}

std::optional<file_definition> read_definition(std::string_view bytes) {
  try {
    byte_reader in{bytes};
    file_definition result;
    read(in, result);
    if (!in.done())
      return std::nullopt;
    require_valid(result);
    return result;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

void pack_definition(const file_definition& x, std::string& out) {
  sink to{out};
  packer p{to};
  std::apply([&](auto&... ys) { (pack(p, ys), ...); }, members_of(x));
}

std::optional<file_definition> unpack_definition(const msgpack::object* xs) {
  try {
    file_definition result;
    unpack_all(xs, members_of(result),
               std::make_index_sequence<packed_definition_size>{});
    require_valid(result);
    return result;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

} // namespace rrdflow
