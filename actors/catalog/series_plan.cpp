#include "actors/catalog/series_plan.hpp"

#include "actors/base/printable.hpp"
#include "actors/catalog/file_shape.hpp"
#include "actors/catalog/path_escape.hpp"
#include "messages/error.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace rrdflow {

namespace {

/// ".rrd", a temporary name's six characters and the final zero.
constexpr size_t path_overhead = 11;
constexpr size_t max_system_path = 4096;

/// Of the path in the payload; the topic is shorter in any case.
constexpr size_t max_origin_path = 1 << 16;

} // namespace

std::string reshape_hint(std::string_view file, bool labelled) {
  // In single quotes nothing but these means anything to a shell.
  std::string name;
  for (auto c : printable(file))
    name += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
  return "\"rrdflow reshape '" + name + (labelled ? "/*" : "") + "'\"";
}

series_plan series_planner::find(const new_series& x) const {
  series_plan p;
  identify(x, p);
  if (!p.is_settled())
    check_limits(x, p);
  return p;
}

bool series_planner::needs_description(const series_plan& p,
                                       const file_descriptions& known) const {
  auto is_known = p.file && known.count(*p.file) > 0;
  return !p.is_settled() && !is_known && file_exists(p.path);
}

bool series_planner::moves(const new_series& x,
                           const file_descriptions& known) {
  series_plan p;
  identify(x, p);
  if (!p.is_settled())
    check_origin(x, p);
  if (!p.is_settled())
    choose_definition(x, known, p);
  return p.moves;
}

series_plan
series_planner::plan(const new_series& x, const file_descriptions& known) {
  series_plan p;
  identify(x, p);
  if (!p.is_settled())
    check_origin(x, p);
  if (!p.is_settled())
    check_limits(x, p);
  if (!p.is_settled())
    choose_definition(x, known, p);
  return p;
}

void series_planner::identify(const new_series& x, series_plan& p) const {
  find_series(x, p);
  p.answer.absent = x.known_only && !p.refused()
                    && (p.series == no_id || !table_.has_origin(p.series));
}

void series_planner::find_series(const new_series& x, series_plan& p) const {
  if (!x.definition || x.source >= x.definition->sources.size())
    return p.refuse(refusal::name, "its rule has no such source");
  p.labelled = x.name != x.file;
  if (p.labelled
      && x.name != x.file + '/' + x.definition->sources[x.source].name)
    return p.refuse(refusal::name, "its name does not fit its file");
  if (x.path.size() > max_origin_path)
    return p.refuse(refusal::name, "its path in the payload is too long");
  auto path = escape_name(x.file);
  if (!path)
    return p.refuse(refusal::name, explain(path.error()));
  if (folder_.size() + path->size() + path_overhead > max_system_path)
    return p.refuse(refusal::name, "the name is too long");
  p.path = std::move(*path);
  p.file = table_.find(path_key(p.path));
  if (!p.file)
    return;
  if (table_.names()->path(*p.file) != p.path)
    return p.refuse(refusal::name, "its path has the hash of another");
  auto& f = table_.at(*p.file);
  if (f.first != no_id && f.labelled == p.labelled)
    p.series
      = p.labelled
          ? table_.series_of(*p.file, x.definition->sources[x.source].name)
          : f.first;
}

void series_planner::check_origin(const new_series& x, series_plan& p) const {
  auto other = table_.series_named(x.name);
  if (other != no_id && table_.get(other).file != p.file)
    return p.refuse(refusal::collision,
                    "another file has a series of that name");
  if (p.file && table_.at(*p.file).first != no_id
      && table_.at(*p.file).labelled != p.labelled) {
    for (auto i = table_.at(*p.file).first; i != no_id; i = table_.get(i).next)
      if (table_.has_origin(i))
        return p.refuse(refusal::collision,
                        p.labelled ? "its file is that of a series"
                                   : "its file is that of an [[rrd]]");
    p.drop_found = true;
    return;
  }
  if (p.series == no_id || x.shared)
    return;
  if (!table_.has_origin(p.series)
      || table_.comes_from(p.series, x.topic, x.path))
    return;
  auto of = table_.origin(p.series);
  p.refuse(refusal::collision, "it belongs to topic \"" + printable(of.topic)
                                 + "\" and path \"" + printable(of.path) + '"');
}

void series_planner::check_limits(const new_series& x, series_plan& p) const {
  auto alive = p.file && table_.at(*p.file).alive;
  // All series of a file live and fall silent together.
  uint64_t more = p.series == no_id ? 1 : 0;
  if (p.file && !alive && !p.drop_found)
    for (auto i = table_.at(*p.file).first; i != no_id; i = table_.get(i).next)
      ++more;
  if (more > 0 && table_.living() + more > max_series_)
    return p.refuse(refusal::limit, "limits.series is reached");
  if (x.max_series == 0)
    return;
  auto counted = p.series != no_id && alive
                 && table_.rule_name(table_.get(p.series).rule) == x.rule;
  if (!counted && table_.living(x.rule) >= x.max_series)
    p.refuse(refusal::limit,
             "max_series of rule \"" + x.rule + "\" is reached");
}

void series_planner::choose_definition(const new_series& x,
                                       const file_descriptions& known,
                                       series_plan& p) {
  p.wanted = p.definition = table_.intern(x.definition);
  if (!p.file)
    return;
  auto now = table_.definition(*p.file);
  auto rows = held_(*p.file);
  definition_ptr own;
  if (auto i = known.find(*p.file); i != known.end() && i->second.exists) {
    auto& found = i->second;
    if (found.error.empty()) {
      own = found.definition;
      if (!rows)
        p.answer.sealed_until = found.last_update;
    } else if (!found.damaged) {
      if (!rows && !found.blocked)
        return p.refuse(refusal::file, printable(found.error));
      own = rows ? rows : now; // its writer tries on
    }
    // A damaged one will be set aside by its writer, which begins a new one.
  }
  if (own) {
    p.difference = shape_difference(*own, *x.definition);
    check_source(x, *own, p);
    auto& s = table_.at(*p.file);
    auto is_ours = s.first != no_id && table_.has_origin(s.first);
    p.definition = table_.intern(
      merge_definitions(*own, *x.definition, is_ours ? now.get() : nullptr));
  }
  p.moves
    = rows && !same_layout_of_rows(*rows, *table_.definition_at(p.definition));
}

void series_planner::check_source(const new_series& x,
                                  const file_definition& own,
                                  series_plan& p) const {
  auto& source = x.definition->sources[x.source];
  auto at = index_of_source(own, source.name);
  std::string mistake;
  if (at == own.sources.size())
    mistake = " has no source " + source.name;
  else if (own.sources[at].type != source.type)
    mistake = ": source " + source.name + " is a "
              + to_string(own.sources[at].type) + ", not a "
              + to_string(source.type);
  if (!mistake.empty())
    p.refuse(refusal::file, p.path + ".rrd" + mistake + "; "
                              + reshape_hint(x.file, p.labelled)
                              + " makes it so");
}

bool series_planner::file_exists(const std::string& path) const {
  struct stat info;
  return ::lstat((folder_ + path + ".rrd").c_str(), &info) == 0
         || (errno != ENOENT && errno != ENOTDIR);
}

} // namespace rrdflow
