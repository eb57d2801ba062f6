#include "config/toml_value.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <exception>

namespace rrdflow {

namespace {

config_place place(const toml::source_region& x) {
  return {x.begin.line, x.begin.column};
}

bool operator<(const config_place& x, const config_place& y) {
  return std::pair{x.line, x.column} < std::pair{y.line, y.column};
}

// The library bounds how deep a document may nest.
toml_value convert(const toml::node& x) {
  using kind = toml_value::kind;
  toml_value result;
  result.at = place(x.source());
  if (auto table = x.as_table()) {
    for (auto&& [key, value] : *table)
      result.members.push_back(
        {std::string{key.str()}, place(key.source()), convert(value)});
    // The library sorts them by name.
    std::stable_sort(result.members.begin(), result.members.end(),
                     [](const toml_member& a, const toml_member& b) {
                       return a.key_at < b.key_at;
                     });
  } else if (auto array = x.as_array()) {
    result.type = kind::array;
    for (auto& item : *array)
      result.items.push_back(convert(item));
  } else if (auto text = x.as_string()) {
    result.type = kind::string;
    result.text = text->get();
  } else if (auto integer = x.as_integer()) {
    result.type = kind::integer;
    result.integer = integer->get();
    result.real = static_cast<double>(integer->get());
  } else if (auto real = x.as_floating_point()) {
    result.type = kind::real;
    result.real = real->get();
  } else if (auto boolean = x.as_boolean()) {
    result.type = kind::boolean;
    result.boolean = boolean->get();
  } else {
    result.type = kind::date;
  }
  return result;
}

} // namespace

const toml_value* toml_value::find(std::string_view key) const {
  for (auto& x : members)
    if (x.key == key)
      return &x.value;
  return nullptr;
}

toml_value* toml_value::find(std::string_view key) {
  return const_cast<toml_value*>(std::as_const(*this).find(key));
}

const char* to_string(toml_value::kind x) {
  static constexpr const char* names[]
    = {"a string", "an integer", "a float", "true or false",
       "an array", "a table",    "a date"};
  return names[static_cast<size_t>(x)];
}

toml_document parse_toml(std::string_view text) {
  toml_document result;
  try {
    result.root = convert(toml::parse(text));
    result.good = true;
  } catch (const toml::parse_error& x) {
    result.failed_at = place(x.source());
    result.reason = x.description();
  } catch (const std::exception& x) {
    result.reason = x.what();
  }
  return result;
}

std::string toml_quoted(std::string_view x) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string result = "\"";
  for (auto c : x) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (byte < 0x20 || byte == 0x7f)
      result += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    else
      result += c;
  }
  return result + '"';
}

std::string toml_number(double x) {
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, x).ptr;
  return {buffer, end};
}

std::string to_string(const config_issue& x) {
  auto result = x.file + ':';
  if (x.line > 0)
    result += std::to_string(x.line) + ':' + std::to_string(x.column) + ':';
  return result + ' ' + x.text;
}

std::vector<config_issue> issue_list::list(const ordered_issues& issues) const {
  std::vector<config_issue> result;
  for (auto& [line, column, text] : issues)
    result.push_back({file_, line, column, text});
  return result;
}

} // namespace rrdflow
