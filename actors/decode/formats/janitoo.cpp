#include "actors/decode/formats/format_table.hpp"
#include "actors/decode/formats/json_document.hpp"
#include "actors/decode/formats/number.hpp"

#include <algorithm>
#include <charconv>

namespace rrdflow {

namespace dom = simdjson::dom;

namespace {

/// What follows `/values/<genre>/` in the topic, or nothing.
std::string_view own_address(std::string_view topic) noexcept {
  if (topic.substr(0, janitoo_prefix.size()) != janitoo_prefix)
    return {};
  topic.remove_prefix(janitoo_prefix.size());
  auto slash = topic.find('/');
  return slash == std::string_view::npos ? std::string_view{}
                                         : topic.substr(slash + 1);
}

scalar data_of(const dom::object& x, const json_document& json) {
  dom::element data;
  if (x["data"].get(data) != simdjson::SUCCESS)
    return scalar::none();
  auto result = json.value_of(data);
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

/// @param own the topic's `own_address`
/// @returns whether `x` is a value, of any genre.
bool read_value(const dom::object& x, std::string_view own,
                format_output& out) {
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
  auto& path = out.path;
  path = hadd;
  path += '/';
  path += uuid;
  auto is_own = path == own;
  path += '/';
  auto topic_size = is_own ? path.size() : 0;
  if (append_index(x, path)) {
    auto& field
      = out.fields.add(path, field_list::no_priority, data_of(x, *out.json));
    if (!field.overlong)
      field.topic_size = static_cast<uint16_t>(topic_size);
  }
  return true;
}

bool read_level(const dom::object& x, int levels, std::string_view own,
                format_output& out) {
  if (x["genre"].error() == simdjson::SUCCESS)
    return read_value(x, own, out);
  auto result = false;
  if (levels > 0)
    for (auto [key, value] : x)
      if (value.is_object())
        result |= read_level(value.get_object().value_unsafe(), levels - 1, own,
                             out);
  return result;
}

} // namespace

std::string janitoo_path(const rrd_source_config::janitoo_address& x) {
  return x.hadd + '/' + x.uuid + '/' + x.index;
}

read_status read_janitoo(const raw_payload& x, format_output& out) {
  dom::element root;
  if (auto status = out.json->parse(x.text, root);
      status != read_status::fields)
    return status;
  auto found = root.is_object()
               && read_level(root.get_object().value_unsafe(), 2,
                             own_address(x.topic), out);
  return found ? read_status::fields : read_status::foreign;
}

} // namespace rrdflow
