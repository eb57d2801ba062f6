#include "actors/catalog/catalog_engine.hpp"

#include "actors/catalog/file_shape.hpp"
#include "actors/catalog/path_escape.hpp"
#include "messages/error.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <utility>

namespace rrdflow {

namespace {

namespace fs = std::filesystem;

/// Below this many records nothing is gained by rewriting.
constexpr uint64_t few_records = 1000;

constexpr size_t max_page = 10000;
constexpr size_t max_notes = 20;
constexpr std::string_view suffix = ".rrd";

} // namespace

// -- loading ------------------------------------------------------------------

/// What /metrics shows.
struct catalog_engine::shown_metrics {
  explicit shown_metrics(metric_registry* registry)
    : series{registry, {"series", "Series known."}},
      files{registry, {"files", "RRD files known."}},
      files_differ{registry,
                   {"files_differ",
                    "Files with another step, other archives or other sources "
                    "than their rule asks for."}} {
    // nop
  }

  gauge series;
  gauge files;
  gauge files_differ;
};

catalog_engine::catalog_engine(catalog_settings settings)
  : settings_{std::move(settings)}, shown_{std::make_unique<shown_metrics>(
                                      settings_.registry)} {
  // nop
}

catalog_engine::catalog_engine(catalog_engine&&) noexcept = default;
catalog_engine::~catalog_engine() = default;

caf::expected<catalog_engine> catalog_engine::open(catalog_settings settings) {
  catalog_engine result{std::move(settings)};
  std::error_code err;
  auto folder = result.settings_.directory + "/rrd";
  fs::create_directory(folder, err);
  if (err)
    return fail(ec::io_failed, folder + ": " + err.message());
  if (auto failure = result.load())
    return failure;
  result.settings_.describe = nullptr;
  result.settings_.in_snapshot = {};
  result.show();
  return result;
}

caf::error catalog_engine::load() {
  auto& directory = settings_.directory;
  auto bytes = catalog_file::read(directory);
  if (!bytes)
    return std::move(bytes.error());
  log_.keep(std::move(settings_.in_snapshot));
  auto scan = scan_records(*bytes, [this](auto kind, auto payload) {
    log_.apply(kind, payload, table_);
  });
  auto missing = bytes->empty();
  auto damaged = !missing && (!is_catalog(*bytes) || scan.gaps > 0);
  if (damaged) {
    note("catalog: damaged or of another version, "
         + std::to_string(scan.records)
         + " records could be read; kept as catalog.damaged");
    auto from = directory + "/catalog";
    auto to = directory + "/catalog.damaged";
    ::unlink(to.c_str());
    if (::link(from.c_str(), to.c_str()) != 0)
      return file_error(to, errno);
  } else if (bytes->size() > scan.end) {
    note("catalog: cut off " + std::to_string(bytes->size() - scan.end)
         + " bytes of a write that did not end");
  }
  auto end = scan.end;
  bytes = std::string{};
  if (missing || damaged)
    rebuild();
  log_.adopt_orphans(table_);
  log_.keep({});
  if (missing || damaged || wasteful(scan.records))
    return compact();
  auto file = catalog_file::open(directory, end);
  if (!file)
    return std::move(file.error());
  file_ = std::move(*file);
  return caf::none;
}

bool catalog_engine::wasteful(uint64_t records) const {
  uint64_t needed = table_.series_count() - table_.released();
  for (file_id id = 0; id < table_.files(); ++id)
    needed += table_.at(id).first != no_id;
  return records > 2 * needed + few_records;
}

caf::error catalog_engine::compact() {
  std::string content;
  log_.everything(table_, content);
  auto file = catalog_file::replace(settings_.directory, content);
  if (!file)
    return std::move(file.error());
  file_ = std::move(*file);
  return caf::none;
}

void catalog_engine::rebuild() {
  if (!settings_.describe)
    return;
  auto root = settings_.directory + "/rrd/";
  std::vector<std::string> files;
  std::error_code err;
  // Follows no links.
  fs::recursive_directory_iterator i{
    root, fs::directory_options::skip_permission_denied, err};
  for (; !err && i != fs::recursive_directory_iterator{}; i.increment(err)) {
    std::error_code ignored;
    if (i->path().extension() == suffix
        && i->symlink_status(ignored).type() == fs::file_type::regular)
      files.push_back(i->path().native().substr(root.size()));
  }
  if (err)
    note("catalog: not all files could be found: " + err.message());
  // "a.rrd" comes before "a/b.rrd", which may have the name of its source.
  std::sort(files.begin(), files.end());
  uint64_t added = 0;
  for (auto& path : files) {
    path.resize(path.size() - suffix.size());
    if (!unescape_path(path) || table_.find(path_key(path)))
      continue;
    auto found = settings_.describe(path);
    if (!found.definition || !found.error.empty()) {
      note(path + ".rrd: passed over: " + found.error);
      continue;
    }
    add_found(path, found);
    ++added;
  }
  if (added > 0)
    note("catalog: took " + std::to_string(added)
         + " files from the folder rrd; series whose topics are lost belong to "
           "the first that make their names");
}

void catalog_engine::add_found(const std::string& path,
                               const file_info& found) {
  auto& sources = found.definition->sources;
  std::string name;
  append_name(path, name);
  auto labelled = sources.size() != 1 || sources[0].name != "value";
  auto id = table_.add_file(path);
  table_.at(id).labelled = labelled;
  table_.define(id, table_.intern(*found.definition));
  for (uint16_t i = 0; i < sources.size(); ++i)
    if (table_.series_named(labelled ? name + '/' + sources[i].name : name)
        == no_id)
      table_.add_series(id, i, table_.rule(""), "", "");
  found_.insert(id);
}

void catalog_engine::remember(const std::vector<uint64_t>& keys,
                              const std::vector<definition_ptr>& definitions) {
  for (size_t i = 0; i < keys.size(); ++i) {
    auto id = table_.find(keys[i]);
    if (!id)
      continue;
    auto now = table_.definition(*id);
    if (i < definitions.size() && definitions[i] && now
        && !same_layout_of_rows(*definitions[i], *now))
      held_[*id] = definitions[i];
    auto& f = table_.at(*id);
    // A file in the snapshot was alive, whatever of the catalog was lost.
    if (f.first != no_id && !f.alive
        && (!table_.has_origin(f.first) || found_.count(*id) > 0)) {
      table_.set_alive(*id, true);
      log_.file(table_, *id, file_.pending());
    }
    // One that is retired is forgotten as soon as its rows are written.
    f.remembered = f.alive;
  }
}

// -- changes ------------------------------------------------------------------

void catalog_engine::retire(const std::vector<file_id>& files) {
  std::vector<uint64_t> keys;
  for (auto id : files) {
    if (id >= table_.files())
      continue;
    auto& f = table_.at(id);
    f.remembered = false;
    held_.erase(id);
    if (!f.alive)
      continue;
    table_.set_alive(id, false);
    keys.push_back(names()->key(id));
  }
  index_stale_ |= !keys.empty();
  log_.keys(catalog_kind::retired, keys, file_.pending());
}

void catalog_engine::release(const std::vector<file_id>& files) {
  std::vector<uint64_t> keys;
  for (auto id : files) {
    // A name that was freed before may belong to a newer id.
    if (id >= table_.files() || table_.find(names()->key(id)) != id)
      continue;
    index_stale_ |= table_.at(id).alive;
    table_.release(id);
    if (differing_.erase(id) > 0)
      wishes_.push_back({id, nullptr, false});
    if (differing_.erase(id) > 0)
      wishes_.push_back({id, nullptr, false});
    keys.push_back(names()->key(id));
  }
  log_.keys(catalog_kind::released, keys, file_.pending());
}

caf::error catalog_engine::commit() {
  show();
  return file_.commit();
}

void catalog_engine::show() {
  shown_->series.set(static_cast<double>(table_.living()));
  shown_->files.set(static_cast<double>(table_.living_files()));
  shown_->files_differ.set(static_cast<double>(table_.differing_files()));
}

void catalog_engine::note(std::string line) {
  if (notes_.size() < max_notes)
    notes_.push_back(std::move(line));
  else
    ++more_notes_;
}

std::vector<std::string> catalog_engine::take_notes() {
  if (more_notes_ > 0)
    notes_.push_back("and " + std::to_string(std::exchange(more_notes_, 0))
                     + " more of that kind");
  return std::exchange(notes_, {});
}

// -- answers for new series ---------------------------------------------------

std::vector<file_id>
catalog_engine::needs_description(const std::vector<new_series>& xs,
                                  const file_descriptions& known) {
  std::vector<file_id> result;
  auto planner = make_planner();
  for (auto& x : xs)
    if (auto p = planner.find(x); planner.needs_description(p, known))
      result.push_back(p.file ? *p.file : table_.add_file(p.path));
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

std::vector<catalog_engine::moving_file>
catalog_engine::moving(const std::vector<new_series>& xs,
                       const file_descriptions& known) {
  std::map<file_id, definition_ptr> result;
  auto planner = make_planner();
  for (auto& x : xs) {
    if (!planner.moves(x, known))
      continue;
    auto id = planner.find(x).file;
    if (!id)
      continue;
    auto i = known.find(*id);
    auto is_gone = i == known.end() || !i->second.exists || i->second.damaged;
    result.emplace(*id, is_gone ? x.definition : nullptr);
  }
  std::vector<moving_file> files;
  for (auto& [id, remade] : result)
    files.push_back({id, remade});
  return files;
}

bool catalog_engine::in_use(const std::vector<file_id>& files) const {
  return std::all_of(files.begin(), files.end(), [this](auto id) {
    return id < table_.files() && table_.at(id).remembered;
  });
}

void catalog_engine::let_go(const std::vector<file_id>& files) {
  for (auto id : files) {
    held_.erase(id);
    if (id < table_.files())
      table_.at(id).remembered = false;
  }
}

definition_ptr catalog_engine::held(file_id id) const {
  if (!table_.at(id).remembered)
    return nullptr;
  auto i = held_.find(id);
  return i == held_.end() ? table_.definition(id) : i->second;
}

std::vector<resolution>
catalog_engine::resolve(const std::vector<new_series>& xs,
                        const file_descriptions& known) {
  std::vector<resolution> result;
  result.reserve(xs.size());
  auto planner = make_planner();
  for (auto& x : xs) {
    auto p = planner.plan(x, known);
    if (!p.is_settled())
      apply(x, p);
    else if (p.file && !p.difference.empty())
      note_shape(x, *p.file, p);
    result.push_back(std::move(p.answer));
  }
  return result;
}

void catalog_engine::compare(const std::vector<new_series>& xs,
                             const file_descriptions& known) {
  auto planner = make_planner();
  for (auto& x : xs) {
    auto p = planner.plan(x, known);
    if (p.series != no_id && (!p.is_settled() || !p.difference.empty()))
      note_shape(x, *p.file, p);
  }
}

series_planner catalog_engine::make_planner() {
  return {table_, settings_.directory + "/rrd/", settings_.max_series,
          [this](file_id id) { return held(id); }};
}

void catalog_engine::apply(const new_series& x, series_plan& p) {
  auto id = p.file ? *p.file : table_.add_file(p.path);
  if (p.drop_found)
    table_.release(id, true);
  auto& f = table_.at(id);
  auto differed = f.differs;
  note_shape(x, id, p);
  auto changed = !f.alive || f.first == no_id || f.definition != p.definition
                 || f.differs != differed;
  index_stale_ |= !f.alive;
  f.labelled = p.labelled;
  if (f.definition != p.definition)
    table_.define(id, p.definition);
  if (p.series != no_id && table_.get(p.series).file == no_id)
    p.series = no_id; // its source has another name now
  table_.set_alive(id, true);
  f.remembered = true;
  held_.erase(id);
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

// -- files that differ --------------------------------------------------------

void catalog_engine::note_shape(const new_series& x, file_id id,
                                const series_plan& p) {
  auto i = differing_.find(id);
  auto is_new = i == differing_.end() ? !table_.at(id).differs
                                      : i->second.text != p.difference;
  if (is_new && !p.difference.empty())
    note(p.path + ".rrd differs from rule " + x.rule + ": " + p.difference
         + "; it stays as it is until " + reshape_hint(x.file, p.labelled));
  set_difference(id, p.difference, p.wanted);
  if (!p.difference.empty())
    differing_[id].labelled = p.labelled;
}

void catalog_engine::set_difference(file_id id, const std::string& text,
                                    uint32_t wanted) {
  table_.set_differs(id, !text.empty());
  if (text.empty()) {
    if (differing_.erase(id) > 0)
      wishes_.push_back({id, nullptr, false});
    return;
  }
  auto& x = differing_[id];
  if (x.wanted != wanted)
    wishes_.push_back({id, table_.definition_at(wanted), false});
  x.wanted = wanted;
  x.text = text;
}

std::vector<reshape_job> catalog_engine::take_wishes() {
  return std::exchange(wishes_, {});
}

std::string catalog_engine::pattern_of(file_id id, bool labelled) const {
  std::string result;
  append_name(names()->path(id), result);
  return labelled ? result + "/*" : result;
}

std::vector<differing_file>
catalog_engine::differing(const std::string& glob) const {
  std::vector<differing_file> result;
  for (auto& entry : differing_) {
    auto id = entry.first;
    auto& x = entry.second;
    std::string name;
    append_name(names()->path(id), name);
    auto& sources = table_.definition_at(x.wanted)->sources;
    auto matches = [&](auto& source) {
      return name_matches_glob(glob,
                               x.labelled ? name + '/' + source.name : name);
    };
    auto pattern = pattern_of(id, x.labelled);
    if (glob == pattern || std::any_of(sources.begin(), sources.end(), matches))
      result.push_back(
        {std::string{names()->path(id)} + ".rrd", pattern, x.text, x.trouble});
  }
  for (file_id id = 0; id < table_.files(); ++id) {
    auto& f = table_.at(id);
    if (!f.differs || f.first == no_id || differing_.count(id) > 0)
      continue;
    for (auto i = f.first; i != no_id; i = table_.get(i).next) {
      if (!name_matches_glob(glob, table_.name(i)))
        continue;
      result.push_back({std::string{names()->path(id)} + ".rrd",
                        pattern_of(id, f.labelled),
                        "not known before its next reading", ""});
      break;
    }
  }
  std::sort(result.begin(), result.end(),
            [](auto& x, auto& y) { return x.file < y.file; });
  return result;
}

catalog_engine::reshape_plan
catalog_engine::plan_reshape(file_id id, const file_info& found, bool reshape) {
  reshape_plan result;
  if (id >= table_.files() || !found.definition)
    return result;
  auto i = differing_.find(id);
  if (reshape && i != differing_.end())
    result.shape = table_.definition_at(i->second.wanted);
  auto& shape = result.shape ? *result.shape : *found.definition;
  auto rows = held(id);
  result.moves = rows && !same_layout_of_rows(*rows, shape);
  return result;
}

void catalog_engine::learn(file_id id, const file_info& found,
                           const std::string& trouble) {
  if (id >= table_.files())
    return;
  auto& f = table_.at(id);
  auto i = differing_.find(id);
  auto number
    = i == differing_.end() ? uint32_t{f.definition} : i->second.wanted;
  if (found.definition && number != no_definition) {
    auto wanted = table_.definition_at(number);
    auto now = table_.definition(id);
    auto rows = held(id);
    auto labelled
      = i == differing_.end() ? f.labelled != 0 : i->second.labelled;
    auto text = shape_difference(*found.definition, *wanted);
    set_difference(id, text, number);
    if (!text.empty())
      differing_[id].labelled = labelled;
    // The rows of a shard that knows the file stay what they are.
    if (f.first != no_id && now
        && (!rows || same_layout_of_rows(*rows, *found.definition))) {
      table_.define(id, table_.intern(merge_definitions(*found.definition,
                                                        *wanted, now.get())));
      log_.file(table_, id, file_.pending());
    }
  }
  if (auto x = differing_.find(id); x != differing_.end())
    x->second.trouble = trouble.empty() ? found.error : trouble;
}

// -- lists --------------------------------------------------------------------

std::vector<series_info> catalog_engine::list(const series_query& query) {
  std::vector<series_info> result;
  if (query.exact) {
    auto id = table_.series_named(query.pattern);
    if (id != no_id && query.limit > 0 && query.pattern > query.after)
      result.push_back(info(id));
    return result;
  }
  auto limit = std::min<size_t>(query.limit, max_page);
  list_.visit(table_, query.after, [&](series_id id) {
    if (result.size() >= limit)
      return false;
    if (query.pattern.empty() || matches_query(query.pattern, table_.name(id)))
      result.push_back(info(id));
    return true;
  });
  return result;
}

std::vector<tree_node> catalog_engine::level(const tree_query& query) {
  std::vector<tree_node> result;
  auto limit = std::min<size_t>(query.limit, max_page);
  for (auto& x : list_.level(table_, query, limit))
    result.push_back({std::move(x.path), x.count,
                      x.count == 1 ? info(x.first) : series_info{}});
  return result;
}

std::vector<series_info> catalog_engine::fed_by(std::string_view name) {
  constexpr size_t enough = 100;
  auto file = escape_name(name);
  std::vector<series_info> result;
  list_.visit(table_, {}, [&](series_id id) {
    if (table_.name(id) == name || table_.origin(id).topic == name
        || (file && names()->path(table_.get(id).file) == *file))
      result.push_back(info(id));
    return result.size() < enough;
  });
  return result;
}

std::optional<series_info>
catalog_engine::series_in(std::string_view path) const {
  if (path.size() < suffix.size()
      || path.substr(path.size() - suffix.size()) != suffix)
    return std::nullopt;
  path.remove_suffix(suffix.size());
  auto id = table_.find(path_key(path));
  if (!id || names()->path(*id) != path || table_.at(*id).first == no_id)
    return std::nullopt;
  return info(table_.at(*id).first);
}

std::vector<series_info> catalog_engine::matches(const std::string& glob) {
  std::vector<series_info> result;
  list_.visit(table_, "", [&](series_id id) {
    if (name_matches_glob(glob, table_.name(id)))
      result.push_back(info(id));
    return true;
  });
  return result;
}

series_info catalog_engine::info(series_id id) const {
  auto& s = table_.get(id);
  auto origin = table_.origin(id);
  series_info result;
  result.name = table_.name(id);
  result.file = std::string{names()->path(s.file)} + ".rrd";
  result.source = table_.source_of(id);
  result.index = s.source;
  result.rule = table_.rule_name(s.rule);
  result.topic = std::move(origin.topic);
  result.path = std::move(origin.path);
  result.id = s.file;
  result.shard = shard_of(s.file);
  if (auto definition = table_.definition(s.file)) {
    result.step = definition->step;
    result.heartbeat = definition->sources[s.source].heartbeat;
  }
  result.alive = table_.at(s.file).alive;
  return result;
}

std::string catalog_engine::index_text() {
  std::string result;
  list_.visit(table_, "", [&](series_id id) {
    auto file = table_.get(id).file;
    // Each file once, for the series that its list begins with.
    if (!table_.at(file).alive || table_.at(file).first != id)
      return true;
    if (!result.empty())
      result += '|';
    result += names()->path(file);
    return true;
  });
  return result;
}

caf::expected<size_t> catalog_engine::write_index() {
  auto path = settings_.directory + "/rrd/index.txt";
  auto text = index_text();
  if (!index_checked_) {
    auto there = read_file(path);
    index_checked_ = true;
    if (there && *there == text && !text.empty()) {
      index_stale_ = false;
      return text.size();
    }
  }
  // No series has the name of the temporary file.
  auto file = replacement_file::create(path, 0644,
                                       settings_.directory + "/rrd/.index.txt");
  if (!file)
    return std::move(file.error());
  if (auto err = file->write(text))
    return err;
  if (auto err = file->commit(false))
    return err;
  index_stale_ = false;
  return text.size();
}

} // namespace rrdflow
