#include "config/definition_keys.hpp"

#include "config/archive_syntax.hpp"
#include "config/units.hpp"

#include <cmath>
#include <limits>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;
using kind = toml_value::kind;

constexpr std::chrono::seconds year = 365 * 24h;

void read(table_reader& reader, const char* key, setting<int64_t>& x,
          std::chrono::seconds min, std::chrono::seconds max) {
  auto value = reader.find(key);
  if (!value)
    return;
  x.at = value->at;
  if (auto y = read_seconds(reader.issues(), *value, key, min, max))
    x.value = y->count();
}

template <class T>
void read_word(table_reader& reader, const char* key, setting<T>& x,
               std::initializer_list<T> values) {
  std::vector<std::pair<std::string, std::optional<T>>> words;
  for (auto value : values)
    words.emplace_back(to_string(value), value);
  x.at = reader.place(key);
  reader.read_word(key, x.value, words);
}

// A number, or "U" for none.
void read_limit(table_reader& reader, const char* key, setting<double>& x) {
  auto value = reader.find(key);
  if (!value)
    return;
  x.at = value->at;
  if (value->type == kind::string && value->text == "U")
    x.value = std::numeric_limits<double>::quiet_NaN();
  else if ((value->type == kind::real || value->type == kind::integer)
           && std::isfinite(value->real))
    x.value = value->real;
  else
    reader.issues().error(value->at, std::string{key}
                                       + " must be a number, or \"U\" for no "
                                         "limit");
}

template <class T>
void inherit(setting<T>& child, const setting<T>& parent) {
  if (child.value || !parent.value)
    return;
  child = parent;
  child.own = false;
}

// Of two settings that contradict each other, the place of the nearer one.
template <class T, class U>
config_place culprit(const setting<T>& x, const setting<U>& y) {
  return (x.value && x.own) || !y.own ? x.at : y.at;
}

bool only_last(source_type x) {
  return x == source_type::counter || x == source_type::derive;
}

} // namespace

void read_file_keys(table_reader& reader, definition_keys& x) {
  read(reader, "step", x.step, 1s, year);
  if (auto value = reader.find("archives", kind::array)) {
    x.archives.at = value->at;
    x.archives.value = value;
    if (value->items.empty())
      reader.issues().error(value->at, "archives must not be empty");
  }
}

void read_slot_keys(table_reader& reader, definition_keys& x) {
  read(reader, "lateness", x.lateness, 0s, year);
  if (x.lateness.value.value_or(0) > 3600)
    reader.issues().warning(x.lateness.at,
                            "lateness: no row is written before its slot is "
                            "this old; more than an hour costs much memory");
  auto xff = reader.find("xff");
  if (!xff)
    return;
  x.xff.at = xff->at;
  if ((xff->type == kind::real || xff->type == kind::integer) && xff->real >= 0
      && xff->real < 1)
    x.xff.value = xff->real;
  else
    reader.issues().error(xff->at,
                          "xff must be a number of at least 0 and below 1");
}

void read_sample_keys(table_reader& reader, definition_keys& x) {
  read_word(reader, "sample", x.sample,
            {slot_sample::last, slot_sample::mean, slot_sample::min,
             slot_sample::max, slot_sample::sum, slot_sample::count});
  read_word(reader, "fill", x.fill,
            {gap_fill::heartbeat, gap_fill::hold, gap_fill::none});
  read(reader, "heartbeat", x.heartbeat, 1s, 10 * year);
}

void read_source_keys(table_reader& reader, definition_keys& x) {
  read_word(reader, "type", x.type,
            {source_type::gauge, source_type::counter, source_type::derive,
             source_type::absolute, source_type::dcounter,
             source_type::dderive});
  read_limit(reader, "min", x.min);
  read_limit(reader, "max", x.max);
}

definition_keys inherit(definition_keys child, const definition_keys& parent) {
  if (!child.type.value || !only_last(*child.type.value))
    inherit(child.sample, parent.sample);
  inherit(child.step, parent.step);
  inherit(child.lateness, parent.lateness);
  inherit(child.heartbeat, parent.heartbeat);
  inherit(child.type, parent.type);
  inherit(child.fill, parent.fill);
  inherit(child.min, parent.min);
  inherit(child.max, parent.max);
  inherit(child.xff, parent.xff);
  inherit(child.archives, parent.archives);
  return child;
}

source_definition
make_source(issue_list& issues, const definition_keys& x, std::string name) {
  source_definition result;
  result.name = std::move(name);
  result.type = x.type.value.value_or(source_type::gauge);
  result.sample = x.sample.value.value_or(result.type == source_type::absolute
                                            ? slot_sample::sum
                                            : slot_sample::last);
  if (only_last(result.type) && result.sample != slot_sample::last)
    issues.error(x.sample.at, std::string{"sample must be \"last\" for a "}
                                + to_string(result.type));
  result.fill = x.fill.value.value_or(gap_fill::heartbeat);
  result.heartbeat = x.heartbeat.value.value_or(2 * *x.step.value);
  if (result.heartbeat < *x.step.value)
    issues.error(culprit(x.heartbeat, x.step),
                 "heartbeat "
                   + print_duration(std::chrono::seconds{result.heartbeat})
                   + " is below the step, "
                   + print_duration(std::chrono::seconds{*x.step.value}));
  result.min = x.min.value.value_or(result.min);
  result.max = x.max.value.value_or(result.max);
  if (result.min >= result.max)
    issues.error(culprit(x.max, x.min), "min must be below max");
  return result;
}

std::vector<archive_definition>
make_archives(issue_list& issues, const definition_keys& x,
              std::vector<archive_definition> otherwise) {
  if (!x.archives.value || (*x.archives.value)->items.empty())
    return otherwise;
  std::vector<archive_definition> result;
  for (auto& item : (*x.archives.value)->items) {
    if (item.type != kind::string) {
      issues.error(item.at, std::string{"archives must hold strings, not "}
                              + to_string(item.type));
      continue;
    }
    auto parsed = parse_archive(item.text, *x.step.value, *x.xff.value);
    if (!parsed.mistake.empty())
      // The list of the rule may be wrong only for this entry's step.
      issues.error(!x.archives.own && x.step.own ? x.step.at : item.at,
                   "archives: \"" + item.text + "\": " + parsed.mistake);
    result.insert(result.end(), parsed.archives.begin(), parsed.archives.end());
  }
  return result;
}

} // namespace rrdflow
