#include "actors/catalog/file_shape.hpp"

#include "actors/catalog/catalog_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace rrdflow {

namespace {

/// Archives that are named one by one.
constexpr size_t few_archives = 4;

constexpr auto infinite = std::numeric_limits<double>::infinity();

/// A limit of the definition in force.
///
/// @param none infinite with the limit's sign
/// @param before What was in force; NaN: none, or not known.
double merged_limit(double own, double wanted, double before, double none) {
  if (!std::isnan(wanted) || std::isnan(own) || std::isnan(before))
    return wanted;
  return before == none || before == own ? none : wanted;
}

void add(std::string& list, const std::string& x) {
  if (!list.empty())
    list += "; ";
  list += x;
}

std::string seconds(int64_t x) {
  return std::to_string(x) + 's';
}

/// As `rrdtool create` takes it.
std::string text(const archive_definition& x) {
  char xff[32];
  std::snprintf(xff, sizeof(xff), "%g", x.xff);
  return std::string{"RRA:"} + to_string(x.function) + ':' + xff + ':'
         + std::to_string(x.steps) + ':' + std::to_string(x.rows);
}

std::string text(const std::vector<archive_definition>& xs) {
  std::string result;
  for (size_t i = 0; i < std::min(xs.size(), few_archives); ++i)
    result += (i == 0 ? "" : " ") + text(xs[i]);
  if (xs.size() > few_archives)
    result += " and " + std::to_string(xs.size() - few_archives) + " more";
  return result;
}

} // namespace

file_definition
merge_definitions(const file_definition& own, const file_definition& wanted,
                  const file_definition* before) {
  auto result = own;
  result.lateness = wanted.lateness;
  for (auto& source : result.sources) {
    auto now = source;
    auto i = index_of_source(wanted, source.name);
    if (i == wanted.sources.size() || wanted.sources[i].type != source.type) {
      source.min = source.max = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    source = wanted.sources[i];
    source.heartbeat = std::max(source.heartbeat, own.step);
    if (before == nullptr)
      continue;
    auto j = index_of_source(*before, source.name);
    if (j == before->sources.size())
      continue;
    auto& last = before->sources[j];
    source.min = merged_limit(now.min, source.min, last.min, -infinite);
    source.max = merged_limit(now.max, source.max, last.max, infinite);
  }
  return result;
}

std::string
shape_difference(const file_definition& own, const file_definition& wanted) {
  std::string result;
  if (own.step != wanted.step)
    add(result, "step " + seconds(own.step) + ", not " + seconds(wanted.step));
  if (!(own.archives == wanted.archives))
    add(result,
        "archives " + text(own.archives) + ", not " + text(wanted.archives));
  for (auto& x : wanted.sources) {
    auto i = index_of_source(own, x.name);
    if (i == own.sources.size())
      add(result, "source " + x.name + " is missing");
    else if (own.sources[i].type != x.type)
      add(result, "source " + x.name + " is a " + to_string(own.sources[i].type)
                    + ", not a " + to_string(x.type));
  }
  for (auto& x : own.sources)
    if (index_of_source(wanted, x.name) == wanted.sources.size())
      add(result, "source " + x.name + " is not asked for");
  return result;
}

} // namespace rrdflow
