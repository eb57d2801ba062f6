#include "actors/catalog/catalog_engine.hpp"

#include "actors/catalog/series_pattern.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

constexpr size_t max_page = 10000;

} // namespace

void catalog_engine::retire(const std::vector<file_id>& files) {
  std::vector<uint64_t> keys;
  for (auto id : files) {
    if (id >= table_.files())
      continue;
    auto& f = table_.at(id);
    f.remembered = false;
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
    keys.push_back(names()->key(id));
  }
  log_.keys(catalog_kind::released, keys, file_.pending());
}

caf::error catalog_engine::commit() {
  return file_.commit();
}

std::vector<series_info> catalog_engine::list(const series_query& query) {
  std::vector<series_info> result;
  if (query.exact) {
    auto id = table_.series_named(query.pattern);
    if (id != no_id && query.limit > 0 && query.pattern > query.after)
      result.push_back(info(id));
    return result;
  }
  auto limit = std::min<size_t>(query.limit, max_page);
  order_.refresh(table_);
  order_.visit(table_, query.after, [&](series_id id) {
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
  order_.refresh(table_);
  auto limit = std::min<size_t>(query.limit, max_page);
  auto [at, end] = order_.range(table_, query.prefix, query.after);
  while (at < end && result.size() < limit) {
    auto name = table_.name(order_.at(at));
    auto slash = name.find('/', query.prefix.size());
    auto stop = at + 1;
    if (slash != name.npos)
      stop = order_.behind(table_, {name.data(), slash + 1}, at);
    tree_node node;
    node.count = stop - at;
    if (node.count == 1) {
      node.series = info(order_.at(at));
      node.path = std::move(name);
    } else {
      // In this order what the first and the last share, all share.
      auto last = table_.name(order_.at(stop - 1));
      auto fork
        = std::mismatch(name.begin(), name.end(), last.begin(), last.end())
            .first;
      name.erase(fork, name.end());
      node.path = name.substr(0, name.rfind('/') + 1);
    }
    result.push_back(std::move(node));
    at = stop;
  }
  return result;
}

std::optional<series_info>
catalog_engine::series_in(std::string_view path) const {
  constexpr std::string_view suffix = ".rrd";
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
  order_.refresh(table_);
  order_.visit(table_, "", [&](series_id id) {
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

metrics catalog_engine::stats() const {
  uint64_t files = 0;
  uint64_t differ = 0;
  for (file_id id = 0; id < table_.files(); ++id) {
    auto& f = table_.at(id);
    files += f.alive;
    differ += f.alive && f.differs;
  }
  return {
    {"series", {}, {}, static_cast<double>(table_.living())},
    {"files", {}, {}, static_cast<double>(files)},
    {"files_differ", {}, {}, static_cast<double>(differ)},
  };
}

std::string catalog_engine::index_text() {
  std::string result;
  order_.refresh(table_);
  order_.visit(table_, "", [&](series_id id) {
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
    auto there = store_files::read_file(path);
    index_checked_ = true;
    if (there && *there == text && !text.empty()) {
      index_stale_ = false;
      return text.size();
    }
  }
  // No series is called like the temporary file.
  if (auto err = store_files::replace_file(
        path, settings_.directory + "/rrd/.index.txt", text, false))
    return err;
  index_stale_ = false;
  return text.size();
}

} // namespace rrdflow
