#include "config/definition_entry.hpp"

#include "config/archive_syntax.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;

template <class T>
void inherit(setting<T>& child, const setting<T>& parent) {
  if (child.value || !parent.value)
    return;
  child = parent;
  child.own = false;
}

bool only_last(const setting<source_type>& x) {
  return x.value && is_integer(*x.value);
}

/// Of two settings that contradict each other, the place of the nearer one.
template <class T, class U>
config_place culprit(const setting<T>& x, const setting<U>& y) {
  return x.own || !y.own ? x.at : y.at;
}

} // namespace

definition_entry
inherit(definition_entry child, const definition_entry& parent) {
  if (!only_last(child.type))
    inherit(child.sample, parent.sample);
  inherit(child.step, parent.step);
  inherit(child.lateness, parent.lateness);
  inherit(child.heartbeat, parent.heartbeat);
  inherit(child.heartbeat_max, parent.heartbeat_max);
  inherit(child.type, parent.type);
  inherit(child.fill, parent.fill);
  inherit(child.min, parent.min);
  inherit(child.max, parent.max);
  inherit(child.xff, parent.xff);
  inherit(child.archives, parent.archives);
  return child;
}

source_definition
make_source(issue_list& issues, const definition_entry& x, std::string name) {
  source_definition result;
  result.name = std::move(name);
  result.type = x.type.value.value_or(source_type::gauge);
  result.sample = x.sample.value.value_or(result.type == source_type::absolute
                                            ? slot_sample::sum
                                            : slot_sample::last);
  if (is_integer(result.type) && result.sample != slot_sample::last)
    issues.error(x.sample.at, std::string{"sample must be \"last\" for a "}
                                + to_string(result.type));
  result.fill = x.fill.value.value_or(gap_fill::heartbeat);
  auto step = *x.step.value;
  auto heartbeat = x.heartbeat.value.value_or(2 * step);
  if (heartbeat.count() == 0) {
    // Until the interval of the readings is known.
    result.heartbeat = std::max(std::chrono::seconds{1h}, 2 * step).count();
    result.heartbeat_max = x.heartbeat_max.value->count();
  } else {
    result.heartbeat = heartbeat.count();
    if (heartbeat < step)
      issues.error(culprit(x.heartbeat, x.step),
                   "heartbeat " + print_duration(heartbeat)
                     + " is below the step, " + print_duration(step));
  }
  result.min = x.min.value.value_or(result.min);
  result.max = x.max.value.value_or(result.max);
  if (result.min >= result.max)
    issues.error(culprit(x.max, x.min), "min must be below max");
  if (result.type == source_type::counter && x.type.own
      && std::isnan(result.max))
    issues.warning(x.type.at,
                   "a COUNTER without max: when the device starts again at 0, "
                   "RRD takes it for the overflow of a 32-bit counter and "
                   "stores some 7.2e7 a second; set max to what is possible in "
                   "a second, or type = \"DERIVE\" and min = 0");
  return result;
}

std::vector<archive_definition>
make_archives(issue_list& issues, const definition_entry& x,
              std::vector<archive_definition> otherwise) {
  if (!x.archives.value)
    return otherwise;
  std::vector<archive_definition> result;
  for (auto& item : (*x.archives.value)->items) {
    if (item.type != toml_value::kind::string) {
      issues.error(item.at, std::string{"archives must hold strings, not "}
                              + to_string(item.type));
      continue;
    }
    auto parsed = parse_archive(item.text, x.step.value->count(), *x.xff.value);
    if (!parsed.mistake.empty())
      // The list of the rule may be wrong only for this entry's step.
      issues.error(!x.archives.own && x.step.own ? x.step.at : item.at,
                   "archives: \"" + item.text + "\": " + parsed.mistake);
    result.insert(result.end(), parsed.archives.begin(), parsed.archives.end());
  }
  return result;
}

definition_ptr make_definition(issue_list& issues, const definition_entry& x,
                               const definition_ptr& rule) {
  auto result = std::make_shared<file_definition>();
  result->step = x.step.value->count();
  result->lateness = x.lateness.value->count();
  result->sources.push_back(make_source(issues, x, "value"));
  result->archives
    = make_archives(issues, x, default_archives(result->step, *x.xff.value));
  if (rule && *rule == *result)
    return rule;
  return result;
}

} // namespace rrdflow
