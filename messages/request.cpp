#include "messages/request.hpp"

#include "messages/packed_members.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace rrdflow {

// The order of the members is part of the format.

static auto members_of(subscription& x) {
  return std::tie(x.identifier, x.filter);
}

static auto members_of(rules_request& x) {
  return std::tie(x.text, x.subscriptions);
}

static auto members_of(flush_request& x) {
  return std::tie(x.series);
}

static auto members_of(retire_request& x) {
  return std::tie(x.files, x.idle_since);
}

static auto members_of(forget_request& x) {
  return std::tie(x.pattern, x.remove);
}

static auto members_of(dead_record& x) {
  return std::tie(x.at, x.why);
}

namespace {

// The marks are part of the format.
const std::string learn_mark = "\x01";
const std::string reshape_mark = "\x02";

template <class T>
std::string packed(const T& x) {
  std::string result;
  pack_value(result, x);
  return result;
}

template <class T>
bool unpacked(std::string_view bytes, T& x) {
  // Damaged bytes must not cost memory.
  constexpr size_t elements = 1 << 24;
  const msgpack::unpack_limit limit{elements, 0, 64 << 20, 0, 0, 4};
  try {
    auto handle
      = msgpack::unpack(bytes.data(), bytes.size(), nullptr, nullptr, limit);
    unpack_value(handle.get(), x);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

} // namespace

forget_request to_forget(const reshape_request& x) {
  return {(x.reshape ? reshape_mark : learn_mark) + x.path, false};
}

std::optional<reshape_request> to_reshape(std::string_view pattern) {
  auto mark = pattern.substr(0, 1);
  if (mark != reshape_mark && mark != learn_mark)
    return std::nullopt;
  return reshape_request{std::string{pattern.substr(1)}, mark == reshape_mark};
}

std::string pack(const rules_request& x) {
  return packed(x);
}

std::string pack(const flush_request& x) {
  return packed(x);
}

std::string pack(const retire_request& x) {
  return packed(x);
}

std::string pack(const forget_request& x) {
  return packed(x);
}

std::string pack(const dead_record& x) {
  return packed(x);
}

bool unpack(std::string_view bytes, rules_request& x) {
  return unpacked(bytes, x);
}

bool unpack(std::string_view bytes, flush_request& x) {
  return unpacked(bytes, x);
}

bool unpack(std::string_view bytes, retire_request& x) {
  return unpacked(bytes, x);
}

bool unpack(std::string_view bytes, forget_request& x) {
  return unpacked(bytes, x);
}

bool unpack(std::string_view bytes, dead_record& x) {
  return unpacked(bytes, x);
}

std::vector<file_id>
without(const std::vector<file_id>& xs, const std::vector<file_id>& others) {
  std::unordered_set<file_id> left_out{others.begin(), others.end()};
  std::vector<file_id> result;
  std::copy_if(xs.begin(), xs.end(), std::back_inserter(result),
               [&](file_id x) { return left_out.count(x) == 0; });
  return result;
}

} // namespace rrdflow
