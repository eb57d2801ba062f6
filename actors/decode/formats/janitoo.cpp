#include "actors/decode/formats/janitoo.hpp"

#include "actors/decode/formats/json.hpp"
#include "actors/decode/formats/json_document.hpp"
#include "actors/decode/formats/number.hpp"

#include <algorithm>
#include <charconv>

namespace rrdflow {

namespace dom = simdjson::dom;

namespace {

constexpr std::string_view prefix = "/values/";

/// What follows `/values/<genre>/` in the topic, or nothing.
std::string_view own_address(std::string_view topic) noexcept {
  if (!is_janitoo_topic(topic))
    return {};
  topic.remove_prefix(prefix.size());
  auto slash = topic.find('/');
  return slash == std::string_view::npos ? std::string_view{}
                                         : topic.substr(slash + 1);
}

scalar data_of(const dom::object& x) {
  dom::element data;
  if (x["data"].get(data) != simdjson::SUCCESS)
    return scalar::none();
  auto result = json_scalar(data);
  if (result.kind != scalar_kind::text)
    return result;
  scalar number;
  return parse_number(result.text, number) ? number : scalar::none();
}

bool append_index(const dom::object& x, std::string& path) {
  dom::element index;
  if (x["index"].get(index) != simdjson::SUCCESS || index.is_null()) {
    path += '0';
    return true;
  }
  std::string_view text;
  if (index.get(text) == simdjson::SUCCESS) {
    path += text;
    return true;
  }
  int64_t number;
  if (index.get(number) != simdjson::SUCCESS)
    return false;
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  path.append(digits, end);
  return true;
}

/// @returns whether `x` is a value.
bool read_value(const dom::object& x, std::string_view own, std::string& path,
                field_list& xs) {
  int64_t genre;
  std::string_view hadd;
  std::string_view uuid;
  if (x["genre"].get(genre) != simdjson::SUCCESS
      || x["hadd"].get(hadd) != simdjson::SUCCESS
      || x["uuid"].get(uuid) != simdjson::SUCCESS
      || std::count(hadd.begin(), hadd.end(), '/') != 1)
    return false;
  if (genre != 1 && genre != 2)
    return true;
  path = hadd;
  path += '/';
  path += uuid;
  if (path == own)
    path.clear();
  else
    path += '/';
  if (append_index(x, path))
    xs.add(path, data_of(x));
  return true;
}

bool read_level(const dom::object& x, int levels, std::string_view own,
                std::string& path, field_list& xs) {
  if (x["genre"].error() == simdjson::SUCCESS)
    return read_value(x, own, path, xs);
  auto result = false;
  if (levels > 0)
    for (auto [key, value] : x)
      if (value.is_object())
        result |= read_level(value.get_object().value_unsafe(), levels - 1, own,
                             path, xs);
  return result;
}

} // namespace

bool is_janitoo_topic(std::string_view topic) noexcept {
  return topic.substr(0, prefix.size()) == prefix;
}

bool read_janitoo(const dom::element& x, std::string_view topic,
                  std::string& path, field_list& xs) {
  return x.is_object()
         && read_level(x.get_object().value_unsafe(), 2, own_address(topic),
                       path, xs);
}

std::string janitoo_address(std::string_view topic, std::string_view path) {
  if (path.find('/') != std::string_view::npos)
    return std::string{path};
  std::string result{own_address(topic)};
  result += '/';
  result += path;
  return result;
}

} // namespace rrdflow
