#include "actors/catalog/catalog_table.hpp"

#include "actors/base/definition_codec.hpp"
#include "actors/catalog/path_escape.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

constexpr size_t max_rules = 0xffff;

/// Definitions of rules that are kept by address before the lot is dropped.
constexpr size_t max_interned = 4096;

} // namespace

size_t index_of_source(const file_definition& x, std::string_view name) {
  return static_cast<size_t>(
    std::find_if(x.sources.begin(), x.sources.end(),
                 [&](auto& s) { return s.name == name; })
    - x.sources.begin());
}

catalog_table::catalog_table()
  : names_{std::make_shared<file_names>()}, index_{*names_} {
  // nop
}

std::optional<file_id> catalog_table::find(uint64_t key) const {
  return index_.find(key);
}

file_id catalog_table::add_file(std::string_view path) {
  auto id = names_->add(path);
  files_.emplace_back();
  index_.insert(id);
  return id;
}

definition_ptr catalog_table::definition(file_id id) const {
  auto number = files_[id].definition;
  return number == no_definition ? nullptr : definitions_[number];
}

void catalog_table::define(file_id id, uint32_t definition) {
  auto& f = files_[id];
  auto& next = *definitions_[definition];
  auto kept = no_id;
  for (auto i = f.first; i != no_id;) {
    auto& s = series_[i];
    auto after = s.next;
    auto source = index_of_source(next, source_of(i));
    if (source < next.sources.size()) {
      s.source = static_cast<uint16_t>(source);
      s.next = std::exchange(kept, i);
    } else {
      drop(s);
    }
    i = after;
  }
  f.first = kept;
  f.definition = definition & no_definition;
}

void catalog_table::count(const series_entry& x, bool alive) {
  if (!files_[x.file].alive)
    return;
  auto& of_rule = rules_[x.rule].living;
  of_rule = alive ? of_rule + 1 : of_rule - 1;
  living_ = alive ? living_ + 1 : living_ - 1;
}

void catalog_table::drop(series_entry& x) {
  count(x, false);
  x = {};
  ++released_;
}

void catalog_table::set_alive(file_id id, bool alive) {
  auto& f = files_[id];
  if ((f.alive != 0) == alive)
    return;
  f.alive = true;
  for (auto i = f.first; i != no_id; i = series_[i].next)
    count(series_[i], alive);
  f.alive = alive;
  alive ? ++living_files_ : --living_files_;
  if (f.differs)
    alive ? ++differing_files_ : --differing_files_;
}

void catalog_table::set_differs(file_id id, bool differs) {
  auto& f = files_[id];
  if (f.alive && (f.differs != 0) != differs)
    differs ? ++differing_files_ : --differing_files_;
  f.differs = differs;
}

void catalog_table::release(file_id id, bool stays) {
  auto& f = files_[id];
  for (auto i = f.first; i != no_id;) {
    auto& s = series_[i];
    i = s.next;
    drop(s);
  }
  f.first = no_id;
  if (!stays) {
    set_alive(id, false);
    index_.erase(id);
    f = {};
  }
}

series_id
catalog_table::add_series(file_id file, uint16_t source, uint16_t rule,
                          std::string_view topic, std::string_view path) {
  auto id = series_count();
  series_.emplace_back();
  auto& s = series_.back();
  s.file = file;
  s.source = source;
  s.rule = rule;
  s.next = std::exchange(files_[file].first, id);
  count(s, true);
  set_origin(id, topic, path);
  return id;
}

void catalog_table::set_rule(series_id id, uint16_t rule) {
  auto& s = series_[id];
  count(s, false);
  s.rule = rule;
  count(s, true);
}

void catalog_table::set_origin(series_id id, std::string_view topic,
                               std::string_view path) {
  auto& s = series_[id];
  s.origin = topic.empty() ? no_id : origins_.add(name(id), topic, path);
}

series_id
catalog_table::series_of(file_id file, std::string_view source) const {
  for (auto i = files_[file].first; i != no_id; i = series_[i].next)
    if (source_of(i) == source)
      return i;
  return no_id;
}

series_id catalog_table::series_named(std::string_view name) const {
  auto file_of = [this](std::string_view file) {
    auto path = escape_name(file);
    auto id = path ? find(path_key(*path)) : std::nullopt;
    return id && names_->path(*id) == *path ? id : std::nullopt;
  };
  if (auto id = file_of(name);
      id && !files_[*id].labelled && files_[*id].first != no_id)
    return files_[*id].first;
  auto slash = name.rfind('/');
  if (slash == name.npos)
    return no_id;
  auto id = file_of(name.substr(0, slash));
  return id && files_[*id].labelled ? series_of(*id, name.substr(slash + 1))
                                    : no_id;
}

std::string_view catalog_table::source_of(series_id id) const {
  auto& s = series_[id];
  auto number = files_[s.file].definition;
  if (number == no_definition)
    return {};
  return definitions_[number]->sources[s.source].name;
}

std::string catalog_table::name(series_id id) const {
  std::string result;
  auto& s = series_[id];
  append_name(names_->path(s.file), result);
  if (files_[s.file].labelled) {
    result += '/';
    result += source_of(id);
  }
  return result;
}

std::string_view catalog_table::name(series_id id, std::string& room) const {
  auto file = series_[id].file;
  auto path = names_->path(file);
  if (!files_[file].labelled && path.find('=') == path.npos)
    return path;
  return room = name(id);
}

series_origin catalog_table::origin(series_id id) const {
  if (!has_origin(id))
    return {};
  return origins_.at(series_[id].origin, name(id));
}

bool catalog_table::comes_from(series_id id, std::string_view topic,
                               std::string_view path) const {
  return has_origin(id)
         && origins_.is(series_[id].origin, name(id), topic, path);
}

uint32_t catalog_table::intern(const definition_ptr& x) {
  auto [i, added] = interned_.try_emplace(x, no_id);
  if (!added)
    return i->second;
  auto result = intern(*x);
  i->second = result;
  if (interned_.size() > max_interned)
    interned_.clear();
  return result;
}

uint32_t catalog_table::intern(const file_definition& x) {
  std::string bytes;
  append_definition(x, bytes);
  auto next = static_cast<uint32_t>(definitions_.size());
  auto [i, added] = definition_ids_.try_emplace(std::move(bytes), next);
  if (added)
    definitions_.push_back(std::make_shared<const file_definition>(x));
  return i->second;
}

uint16_t catalog_table::rule(const std::string& name) {
  auto i = rule_ids_.find(name);
  if (i != rule_ids_.end())
    return i->second;
  // Above the bound all share the last entry.
  if (rules_.size() < max_rules)
    rules_.push_back({name, 0});
  auto id = static_cast<uint16_t>(rules_.size() - 1);
  if (rules_.size() < max_rules)
    rule_ids_.emplace(name, id);
  return id;
}

} // namespace rrdflow
