#include "config/table_reader.hpp"

#include "config/suggestions.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace rrdflow {

namespace {

using kind = toml_value::kind;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string quoted(std::string_view x) {
  return '"' + std::string{x} + '"';
}

std::optional<milliseconds>
read_duration(issue_list& issues, const toml_value& x, std::string_view key,
              milliseconds min, milliseconds max) {
  auto name = std::string{key};
  if (x.type == kind::integer) {
    issues.error(x.at, name + " needs a unit: write \""
                         + std::to_string(x.integer) + "s\" for seconds");
    return std::nullopt;
  }
  if (x.type != kind::string) {
    issues.error(x.at, name + " must be a duration like \"10s\", not "
                         + to_string(x.type));
    return std::nullopt;
  }
  auto value = parse_duration(x.text);
  if (!value) {
    issues.error(x.at, name + ": " + quoted(x.text)
                         + " is no duration (units: ms s m h d w y)");
    return std::nullopt;
  }
  if (*value < min || *value > max) {
    issues.error(x.at, name + " must be from " + print_duration(min) + " to "
                         + print_duration(max) + ", not " + quoted(x.text));
    return std::nullopt;
  }
  return value;
}

} // namespace

std::optional<seconds>
read_seconds(issue_list& issues, const toml_value& x, std::string_view key,
             seconds min, seconds max) {
  auto value = read_duration(issues, x, key, min, max);
  if (!value)
    return std::nullopt;
  if (value->count() % 1000 != 0) {
    issues.error(x.at, std::string{key} + " must be whole seconds, not "
                         + quoted(x.text));
    return std::nullopt;
  }
  return std::chrono::duration_cast<seconds>(*value);
}

table_reader::table_reader(issue_list& issues, const toml_value& table,
                           std::string name)
  : issues_{issues}, table_{table}, name_{std::move(name)} {
  // nop
}

const toml_value* table_reader::find(std::string_view key) {
  known_.emplace_back(key);
  issues_.know(name_.empty() ? std::string{key}
                             : name_ + '.' + std::string{key});
  for (auto& x : table_.members)
    if (x.key == key)
      return &x.value;
  return nullptr;
}

const toml_value* table_reader::find(std::string_view key, kind expected) {
  auto x = find(key);
  if (!x || x->type == expected)
    return x;
  issues_.error(x->at, std::string{key} + " must be " + to_string(expected)
                         + ", not " + to_string(x->type));
  return nullptr;
}

void table_reader::read(std::string_view key, std::string& x) {
  if (auto value = find(key, kind::string))
    x = value->text;
}

void table_reader::read(std::string_view key, bool& x) {
  if (auto value = find(key, kind::boolean))
    x = value->boolean;
}

void table_reader::read(std::string_view key, std::vector<std::string>& x) {
  auto value = find(key, kind::array);
  if (!value)
    return;
  x.clear();
  for (auto& item : value->items) {
    if (item.type == kind::string)
      x.push_back(item.text);
    else
      issues_.error(item.at, std::string{key} + " must hold strings, not "
                               + to_string(item.type));
  }
}

void table_reader::read(std::string_view key, uint64_t& x, uint64_t min,
                        uint64_t max) {
  auto value = find(key, kind::integer);
  if (!value)
    return;
  auto number = static_cast<uint64_t>(std::max<int64_t>(value->integer, 0));
  if (value->integer < 0 || number < min || number > max)
    issues_.error(value->at, std::string{key} + " must be from "
                               + std::to_string(min) + " to "
                               + std::to_string(max) + ", not "
                               + std::to_string(value->integer));
  else
    x = number;
}

void table_reader::read(std::string_view key, double& x) {
  auto value = find(key);
  if (!value)
    return;
  if (value->type != kind::real && value->type != kind::integer)
    issues_.error(value->at, std::string{key} + " must be a number, not "
                               + to_string(value->type));
  else if (!std::isfinite(value->real))
    issues_.error(value->at, std::string{key} + " must be finite");
  else
    x = value->real;
}

void table_reader::read(std::string_view key, milliseconds& x, milliseconds min,
                        milliseconds max) {
  if (auto value = find(key))
    x = read_duration(issues_, *value, key, min, max).value_or(x);
}

void table_reader::read(std::string_view key, seconds& x, seconds min,
                        seconds max) {
  if (auto value = find(key))
    x = read_seconds(issues_, *value, key, min, max).value_or(x);
}

void table_reader::read_size(std::string_view key, uint64_t& x, uint64_t min) {
  auto value = find(key);
  if (!value)
    return;
  std::optional<uint64_t> size;
  if (value->type == kind::integer && value->integer >= 0)
    size = static_cast<uint64_t>(value->integer);
  else if (value->type == kind::string)
    size = parse_size(value->text);
  if (!size)
    issues_.error(value->at, std::string{key}
                               + " must be a size like \"64MiB\" (kB MB GB TB "
                                 "KiB MiB GiB TiB, or bytes)");
  else if (*size < min)
    issues_.error(value->at,
                  std::string{key} + " must be at least " + print_size(min));
  else
    x = *size;
}

size_t table_reader::index_of(std::string_view key,
                              const std::vector<std::string>& names) {
  auto value = find(key, kind::string);
  if (!value)
    return names.size();
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == value->text)
      return i;
  std::string all;
  for (auto& x : names)
    all += (all.empty() ? "" : ", ") + x;
  issues_.error(value->at, std::string{key} + ": unknown " + quoted(value->text)
                             + did_you_mean(value->text, names)
                             + "; it is one of " + all);
  return names.size();
}

void table_reader::finish() {
  for (auto& x : table_.members)
    if (std::find(known_.begin(), known_.end(), x.key) == known_.end())
      issues_.error(x.key_at,
                    "unknown key " + quoted(x.key)
                      + (name_.empty() ? std::string{} : " in " + name_)
                      + did_you_mean(x.key, known_));
}

config_place table_reader::place(std::string_view key) const {
  for (auto& x : table_.members)
    if (x.key == key)
      return x.value.at;
  return table_.at;
}

config_place
table_reader::place(std::string_view key, std::string_view item) const {
  for (auto& x : table_.members)
    if (x.key == key)
      for (auto& y : x.value.items)
        if (y.type == kind::string && y.text == item)
          return y.at;
  return place(key);
}

} // namespace rrdflow
