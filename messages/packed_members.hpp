#pragma once

#include <msgpack.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace rrdflow {

// Values as msgpack. A struct is the array of its members, which a function
// `members_of(T&)` gives as a tuple of references; an enumerator is its number,
// at most that of `last_of(x)`. Both are found in the namespace of the type.

namespace detail {

template <class T, class = void>
struct has_members : std::false_type {};

template <class T>
struct has_members<T, std::void_t<decltype(members_of(std::declval<T&>()))>>
  : std::true_type {};

template <class T>
struct is_vector : std::false_type {};

template <class T>
struct is_vector<std::vector<T>> : std::true_type {};

struct string_sink {
  std::string& out;

  void write(const char* data, size_t size) {
    out.append(data, size);
  }
};

using string_packer = msgpack::packer<string_sink>;

inline const msgpack::object_array& array_in(const msgpack::object& x) {
  if (x.type != msgpack::type::ARRAY)
    throw std::invalid_argument{"no array"};
  return x.via.array;
}

template <class T>
void put(string_packer& out, const T& x) {
  if constexpr (std::is_enum_v<T>) {
    out.pack(static_cast<unsigned>(x));
  } else if constexpr (is_vector<T>::value) {
    out.pack_array(static_cast<uint32_t>(x.size()));
    for (auto& y : x)
      put(out, y);
  } else if constexpr (has_members<T>::value) {
    // Only read.
    auto members = members_of(const_cast<T&>(x));
    out.pack_array(std::tuple_size_v<decltype(members)>);
    std::apply([&](auto&... ys) { (put(out, ys), ...); }, members);
  } else {
    out.pack(x);
  }
}

template <class T>
void get(const msgpack::object& from, T& x);

template <class T>
void get_members(const msgpack::object* from, T& x) {
  std::apply([&](auto&... ys) { (get(*from++, ys), ...); }, members_of(x));
}

template <class T>
void get(const msgpack::object& from, T& x) {
  if constexpr (std::is_enum_v<T>) {
    auto number = from.as<unsigned>();
    if (number > static_cast<unsigned>(last_of(x)))
      throw std::invalid_argument{"unknown enumerator"};
    x = static_cast<T>(number);
  } else if constexpr (is_vector<T>::value) {
    auto& array = array_in(from);
    x.clear();
    for (uint32_t i = 0; i < array.size; ++i)
      get(array.ptr[i], x.emplace_back());
  } else if constexpr (has_members<T>::value) {
    auto& array = array_in(from);
    if (array.size != std::tuple_size_v<decltype(members_of(x))>)
      throw std::invalid_argument{"wrong number of members"};
    get_members(array.ptr, x);
  } else {
    x = from.as<T>();
  }
}

} // namespace detail

/// Appends a value.
template <class T>
void pack_value(std::string& out, const T& x) {
  detail::string_sink sink{out};
  detail::string_packer packer{sink};
  detail::put(packer, x);
}

/// Appends the members of a struct, without the head of the array.
template <class T>
void pack_members(std::string& out, const T& x) {
  std::apply([&](auto&... ys) { (pack_value(out, ys), ...); },
             members_of(const_cast<T&>(x)));
}

/// Reads a value.
/// @throws std::exception if it is something else
template <class T>
void unpack_value(const msgpack::object& from, T& x) {
  detail::get(from, x);
}

/// Reads what `pack_members` wrote.
/// @pre there are as many objects as members
/// @throws std::exception
template <class T>
void unpack_members(const msgpack::object* from, T& x) {
  detail::get_members(from, x);
}

} // namespace rrdflow
