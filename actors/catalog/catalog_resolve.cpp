// How a `catalog_engine` answers for new series.

#include "actors/catalog/catalog_engine.hpp"
#include "actors/catalog/definition_merge.hpp"
#include "actors/catalog/path_escape.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

/// "/rrd/", ".rrd", a temporary name's six characters and the final zero.
constexpr size_t path_overhead = 16;
constexpr size_t max_system_path = 4096;

/// Of the path in the payload; the topic is shorter in any case.
constexpr size_t max_origin_path = 1 << 16;

} // namespace

/// What is found out about a new series before anything is changed.
struct catalog_engine::plan {
  resolution answer;
  std::string path;
  bool labelled = false;

  /// The file and series, if they are known.
  std::optional<file_id> file;
  series_id series = no_id;

  /// What is known of the file was only found on the disk, and is wrong.
  bool drop_found = false;

  uint32_t definition = no_id;
  bool differs = false;

  void refuse(refusal why, std::string reason) {
    answer.refused = why;
    answer.reason = std::move(reason);
  }
};

std::vector<file_id>
catalog_engine::needs_description(const std::vector<new_series>& xs,
                                  const file_descriptions& known) {
  std::vector<file_id> result;
  for (auto& x : xs) {
    plan p;
    identify(x, p);
    if (p.answer.refused == refusal::none)
      check_limits(x, p);
    if (p.answer.refused != refusal::none
        || (p.file
            && (table_.at(*p.file).remembered || known.count(*p.file) > 0))
        || !folder_.exists(p.path))
      continue;
    result.push_back(p.file ? *p.file : table_.add_file(p.path));
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

std::vector<resolution>
catalog_engine::resolve(const std::vector<new_series>& xs,
                        const file_descriptions& known) {
  std::vector<resolution> result;
  result.reserve(xs.size());
  for (auto& x : xs)
    result.push_back(resolve_one(x, known));
  return result;
}

resolution catalog_engine::resolve_one(const new_series& x,
                                       const file_descriptions& known) {
  plan p;
  auto fine = [&] { return p.answer.refused == refusal::none; };
  identify(x, p);
  if (fine())
    check_origin(x, p);
  if (fine())
    check_limits(x, p);
  if (fine())
    choose_definition(x, known, p);
  if (fine())
    apply(x, p);
  return std::move(p.answer);
}

void catalog_engine::identify(const new_series& x, plan& p) const {
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
  if (settings_.directory.size() + path->size() + path_overhead
      > max_system_path)
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

void catalog_engine::check_origin(const new_series& x, plan& p) const {
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
  p.refuse(refusal::collision, "it belongs to topic \""
                                 + printable_text(of.topic) + "\" and path \""
                                 + printable_text(of.path) + '"');
}

void catalog_engine::check_limits(const new_series& x, plan& p) const {
  auto alive = p.file && table_.at(*p.file).alive;
  // All series of a file live and fall silent together.
  uint64_t more = p.series == no_id ? 1 : 0;
  if (p.file && !alive && !p.drop_found)
    for (auto i = table_.at(*p.file).first; i != no_id; i = table_.get(i).next)
      ++more;
  if (more > 0 && table_.living() + more > settings_.max_series)
    return p.refuse(refusal::limit, "limits.series is reached");
  if (x.max_series == 0)
    return;
  auto counted = p.series != no_id && alive
                 && table_.rule_name(table_.get(p.series).rule) == x.rule;
  if (!counted && table_.living(x.rule) >= x.max_series)
    p.refuse(refusal::limit,
             "max_series of rule \"" + x.rule + "\" is reached");
}

void catalog_engine::choose_definition(const new_series& x,
                                       const file_descriptions& known,
                                       plan& p) {
  auto wanted = table_.intern(x.definition);
  p.definition = wanted;
  if (!p.file)
    return;
  definition_ptr own;
  auto now = table_.definition(*p.file);
  if (auto i = known.find(*p.file); i != known.end() && i->second.exists) {
    auto& found = i->second;
    if (!found.error.empty() && !found.damaged)
      return p.refuse(refusal::file, printable_text(found.error));
    // A damaged one will be set aside by its writer, which begins a new one.
    if (found.error.empty()) {
      own = found.definition;
      p.answer.sealed_until = found.last_update;
    }
  } else if (table_.at(*p.file).remembered && now
             && (table_.at(*p.file).definition != wanted)
             && (!same_shape(*now, *x.definition) || folder_.exists(p.path))) {
    // Rows of the old shape may wait in the shard, file or no file.
    own = now;
  }
  if (!own)
    return;
  auto& source = x.definition->sources[x.source];
  auto at = index_of_source(*own, source.name);
  if (at < 0)
    return p.refuse(refusal::file, "the file has no source " + source.name);
  auto type = own->sources[static_cast<size_t>(at)].type;
  if (type != source.type)
    return p.refuse(refusal::file, "in the file, source " + source.name
                                     + " is a " + to_string(type) + ", not a "
                                     + to_string(source.type));
  p.differs = definitions_differ(*own, *x.definition);
  p.definition = table_.intern(merge_definitions(*own, *x.definition));
}

void catalog_engine::apply(const new_series& x, plan& p) {
  auto id = p.file ? *p.file : table_.add_file(p.path);
  if (p.drop_found)
    table_.release(id, true);
  auto& f = table_.at(id);
  if (p.differs && !f.differs)
    notes_.add(p.path
               + ".rrd: keeps its own step and archives, which are not "
                 "those of rule "
               + x.rule);
  auto changed = !f.alive || f.first == no_id || f.definition != p.definition
                 || f.differs != p.differs;
  index_stale_ |= !f.alive;
  f.labelled = p.labelled;
  f.differs = p.differs;
  if (f.definition != p.definition)
    table_.define(id, p.definition);
  if (p.series != no_id && table_.get(p.series).file == no_id)
    p.series = no_id; // its source has another name now
  table_.set_alive(id, true);
  f.remembered = true;
  if (changed)
    log_.file(table_, id, file_.pending());
  auto& definition = table_.definition_at(p.definition);
  auto source = static_cast<uint16_t>(
    index_of_source(*definition, x.definition->sources[x.source].name));
  auto rule = table_.rule(x.rule);
  if (p.series == no_id) {
    p.series = table_.add_series(id, source, rule, x.topic, x.path);
    log_.series(table_, p.series, file_.pending());
  } else {
    auto& s = table_.get(p.series);
    auto unclaimed = !table_.has_origin(p.series);
    if (unclaimed || s.rule != rule) {
      table_.set_rule(p.series, rule);
      if (unclaimed)
        table_.set_origin(p.series, x.topic, x.path);
      log_.series(table_, p.series, file_.pending());
    }
  }
  p.answer.file = id;
  p.answer.source = source;
  p.answer.shard = shard_of(id);
  p.answer.definition = definition;
}

} // namespace rrdflow
