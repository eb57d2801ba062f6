#include "runtime/settings/settings_engine.hpp"

#include "actors/base/json_writer.hpp"
#include "actors/base/utf8.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cmath>

namespace rrdflow {

namespace {

constexpr size_t max_text = 500;

bool is_plain(std::string_view x) {
  while (!x.empty()) {
    auto c = first_character(x);
    if (c.size == 0 || c.code < 0x20 || c.code == 0x7f)
      return false;
    x.remove_prefix(c.size);
  }
  return true;
}

std::string as_json(const run_time_value& x) {
  auto key = find_run_time_key(x.node, x.key);
  if (key != nullptr && key->number)
    return x.value;
  json_writer out;
  out.value(std::string_view{x.value});
  return out.take();
}

bool is_left_out(const loaded_config& loaded, const run_time_value& x) {
  auto front = to_string(x) + ": ";
  return std::any_of(loaded.left_out.begin(), loaded.left_out.end(),
                     [&](auto& y) {
                       return y.compare(0, front.size(), front) == 0;
                     });
}

caf::error bad(const setting_request& x, const std::string& reason) {
  return fail(ec::bad_request, x.key + " of " + x.node + ": " + reason);
}

/// The text that the JSON is: a string's own, or a number's digits.
caf::expected<std::string> plain_text(const setting_request& x, bool number) {
  simdjson::dom::parser parser;
  simdjson::dom::element json;
  if (parser.parse(x.value.data(), x.value.size()).get(json)
      != simdjson::SUCCESS)
    return bad(x, "the value is no JSON");
  std::string_view text;
  int64_t integer = 0;
  auto real = 0.0;
  if (json.get(text) == simdjson::SUCCESS) {
    if (text.size() > max_text || !is_plain(text))
      return bad(x, "the text is too long, or has characters that do not show");
    return std::string{text};
  }
  if (json.get(integer) == simdjson::SUCCESS)
    return std::to_string(integer);
  if (number && json.get(real) == simdjson::SUCCESS && std::abs(real) < 1e10
      && std::floor(real) == real)
    return std::to_string(static_cast<int64_t>(real));
  return bad(x,
             number ? "the value is no whole number" : "the value is no text");
}

/// A whole number in its usual form: "0060" is "60".
std::string shortest(std::string x) {
  if (!x.empty() && x.find_first_not_of("0123456789") == std::string::npos)
    x.erase(0, std::min(x.find_first_not_of('0'), x.size() - 1));
  return x;
}

} // namespace

settings_engine::settings_engine(config in_force, std::string file)
  : in_force_{std::move(in_force)}, file_{std::move(file)} {
  issue_list ignored{file_};
  values_ = parse_run_time_values(ignored, split_texts(in_force_.text).values);
}

std::vector<setting_request> settings_engine::all() const {
  std::vector<setting_request> result;
  for (auto& x : values_)
    result.push_back({x.node, x.key, as_json(x)});
  return result;
}

caf::expected<settings_change>
settings_engine::set(const setting_request& x) const {
  auto key = find_run_time_key(x.node, x.key);
  if (key == nullptr)
    return bad(x, "it cannot be set");
  auto text = plain_text(x, key->number);
  if (!text)
    return text.error();
  run_time_value value{x.node, x.key,
                       key->number ? shortest(std::move(*text)) : *text};
  settings_change result;
  result.values = values_;
  auto& values = result.values;
  for (auto& y : values)
    if (y.node == x.node && y.key == x.key && y.value == value.value) {
      result.loaded
        = parse_config(split_texts(in_force_.text).file, file_, values);
      result.value = as_json(value);
      result.same = !is_left_out(result.loaded, value);
    }
  if (result.same)
    return result;
  values.erase(
    std::remove_if(values.begin(), values.end(),
                   [&](auto& y) { return y.node == x.node && y.key == x.key; }),
    values.end());
  values.push_back(value);
  result.loaded = parse_config(split_texts(in_force_.text).file, file_, values);
  auto& loaded = result.loaded;
  if (!loaded.errors.empty())
    return bad(x, loaded.errors.front().text);
  auto left_out = to_string(value) + ": ";
  for (auto& y : loaded.left_out)
    if (y.compare(0, left_out.size(), left_out) == 0)
      return bad(x, y.substr(left_out.size()));
  result.rules = key->rules;
  result.value = as_json(value);
  return result;
}

settings_change settings_engine::read(std::string_view text) const {
  settings_change result;
  result.values = values_;
  result.loaded = parse_config(text, file_, values_);
  result.rules = true;
  return result;
}

void settings_engine::accept(settings_change x) {
  in_force_ = std::move(x.loaded.value);
  values_ = std::move(x.values);
}

} // namespace rrdflow
