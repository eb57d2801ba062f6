// How a `catalog_engine` comes into being.

#include "actors/catalog/catalog_engine.hpp"
#include "actors/catalog/catalog_format.hpp"
#include "actors/catalog/path_escape.hpp"
#include "messages/error.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace rrdflow {

namespace {

/// Below this many records nothing is gained by rewriting.
constexpr uint64_t few_records = 1000;

} // namespace

catalog_engine::catalog_engine(catalog_settings settings)
  : settings_{std::move(settings)} {
  // nop
}

caf::expected<catalog_engine> catalog_engine::open(catalog_settings settings) {
  catalog_engine result{std::move(settings)};
  auto folder = store_folder::open(result.settings_.directory + "/rrd");
  if (!folder)
    return folder.error();
  result.folder_ = std::move(*folder);
  if (auto err = result.load())
    return err;
  result.settings_.describe = nullptr;
  result.settings_.in_snapshot = {};
  return result;
}

caf::error catalog_engine::load() {
  auto& directory = settings_.directory;
  auto bytes = catalog_file::read(directory);
  if (!bytes)
    return bytes.error();
  log_.keep(std::move(settings_.in_snapshot));
  auto scan = scan_records(*bytes, [this](auto kind, auto payload) {
    log_.apply(kind, payload, table_);
  });
  auto missing = bytes->empty();
  auto damaged = !missing && (!is_catalog(*bytes) || scan.gaps > 0);
  if (damaged) {
    notes_.add("catalog: damaged or of another version, "
               + std::to_string(scan.records)
               + " records could be read; kept as catalog.damaged");
    auto from = directory + "/catalog";
    auto to = directory + "/catalog.damaged";
    ::unlink(to.c_str());
    if (::link(from.c_str(), to.c_str()) != 0)
      return store_files::io_error(to, errno);
  } else if (bytes->size() > scan.end) {
    notes_.add("catalog: cut off " + std::to_string(bytes->size() - scan.end)
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
    return file.error();
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
    return file.error();
  file_ = std::move(*file);
  return caf::none;
}

void catalog_engine::rebuild() {
  if (!settings_.describe)
    return;
  uint64_t added = 0;
  folder_.scan([&](const std::string& path) {
    if (!unescape_path(path) || table_.find(path_key(path)))
      return;
    auto found = settings_.describe(path);
    if (!found.definition || !found.error.empty())
      return notes_.add(path + ".rrd: passed over: " + found.error);
    add_found(path, found);
    ++added;
  });
  if (added > 0)
    notes_.add("catalog: took " + std::to_string(added)
               + " files from the folder rrd; series whose topics are lost "
                 "belong to the first that make their names");
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

void catalog_engine::remember(const std::vector<uint64_t>& keys) {
  for (auto key : keys) {
    auto id = table_.find(key);
    if (!id)
      continue;
    auto& f = table_.at(*id);
    // What a lost catalog cannot say: a file in the snapshot was alive.
    if (f.first != no_id && !f.alive
        && (!table_.has_origin(f.first) || found_.count(*id) > 0)) {
      table_.set_alive(*id, true);
      log_.file(table_, *id, file_.pending());
    }
    // One that is retired is forgotten as soon as its rows are written.
    f.remembered = f.alive;
  }
}

} // namespace rrdflow
