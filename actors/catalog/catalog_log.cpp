#include "actors/catalog/catalog_log.hpp"

#include "actors/base/checked_record.hpp"
#include "actors/base/definition_codec.hpp"
#include "actors/catalog/path_escape.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

/// Bytes of keys in one record.
constexpr size_t max_keys = 4096 * sizeof(uint64_t);

/// Appends a record of numbers and texts.
template <class... Ts>
void append(catalog_kind kind, std::string& out, const Ts&... xs) {
  std::string payload;
  byte_writer to{payload};
  auto put = [&](const auto& x) {
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(x)>>)
      to.number(x);
    else
      to.text(x);
  };
  (put(xs), ...);
  append_record(kind, payload, out);
}

} // namespace

void catalog_log::file(const catalog_table& table, file_id id,
                       std::string& out) {
  auto& f = table.at(id);
  auto [i, added] = written_.try_emplace(uint32_t{f.definition}, next_);
  if (added) {
    std::string payload;
    byte_writer{payload}.number(next_++);
    append_definition(*table.definition_at(f.definition), payload);
    append_record(catalog_kind::definition, payload, out);
  }
  auto flags = (f.labelled ? catalog_flag_labelled : 0)
               | (f.differs ? catalog_flag_differs : 0);
  append(catalog_kind::file, out, table.names()->path(id), i->second,
         static_cast<uint8_t>(flags));
}

void catalog_log::series(const catalog_table& table, series_id id,
                         std::string& out) const {
  auto& s = table.get(id);
  auto origin = table.origin(id);
  append(catalog_kind::series, out, table.names()->key(s.file),
         table.source_of(id), table.rule_name(s.rule), origin.topic,
         origin.path);
}

void catalog_log::keys(catalog_kind kind, const std::vector<uint64_t>& keys,
                       std::string& out) const {
  std::string_view all{reinterpret_cast<const char*>(keys.data()),
                       keys.size() * sizeof(uint64_t)};
  for (; !all.empty(); all.remove_prefix(std::min(max_keys, all.size())))
    append_record(kind, all.substr(0, max_keys), out);
}

void catalog_log::everything(const catalog_table& table, std::string& out) {
  read_.clear();
  written_.clear();
  next_ = 0;
  out += catalog_header();
  std::vector<uint64_t> retired;
  for (file_id id = 0; id < table.files(); ++id) {
    auto& f = table.at(id);
    if (f.first == no_id || f.definition == no_definition)
      continue;
    file(table, id, out);
    for (auto i = f.first; i != no_id; i = table.get(i).next)
      series(table, i, out);
    if (!f.alive)
      retired.push_back(table.names()->key(id));
  }
  keys(catalog_kind::retired, retired, out);
}

void catalog_log::keep(std::vector<uint64_t> keys) {
  kept_ = std::move(keys);
  std::sort(kept_.begin(), kept_.end());
}

void catalog_log::apply(catalog_kind kind, std::string_view payload,
                        catalog_table& table) {
  byte_reader in{payload};
  switch (kind) {
    case catalog_kind::definition: {
      auto number = in.number<uint32_t>();
      if (!in.good())
        return;
      next_ = std::max(next_, number + 1);
      if (auto x = read_definition(payload.substr(sizeof(number)))) {
        auto id = table.intern(*x);
        read_[number] = id;
        written_[id] = number;
      }
      return;
    }
    case catalog_kind::file:
      return apply_file(payload, table);
    case catalog_kind::series:
      return apply_series(payload, table);
    case catalog_kind::retired:
      while (in.rest().size() >= sizeof(uint64_t))
        if (auto id = table.find(in.number<uint64_t>()))
          table.set_alive(*id, false);
      return;
    case catalog_kind::released:
      while (in.rest().size() >= sizeof(uint64_t)) {
        auto key = in.number<uint64_t>();
        if (std::binary_search(kept_.begin(), kept_.end(), key))
          continue;
        orphans_.erase(key);
        if (auto id = table.find(key))
          table.release(*id);
      }
      return;
  }
}

void catalog_log::adopt_orphans(catalog_table& table) {
  for (auto& [key, payloads] : std::exchange(orphans_, {}))
    if (table.find(key))
      for (auto& payload : payloads)
        apply_series(payload, table, true);
}

void catalog_log::apply_file(std::string_view payload, catalog_table& table) {
  byte_reader in{payload};
  auto path = in.text();
  auto definition = read_.find(in.number<uint32_t>());
  auto flags = in.number<uint8_t>();
  if (!in.done() || definition == read_.end() || !unescape_path(path))
    return;
  auto known = table.find(path_key(path));
  if (known && table.names()->path(*known) != path)
    return;
  auto id = known ? *known : table.add_file(path);
  auto labelled = (flags & catalog_flag_labelled) != 0;
  if (labelled != table.at(id).labelled)
    table.release(id, true);
  table.at(id).labelled = labelled;
  table.define(id, definition->second);
  table.set_differs(id, (flags & catalog_flag_differs) != 0);
  table.set_alive(id, true);
}

void catalog_log::apply_series(std::string_view payload, catalog_table& table,
                               bool orphan) {
  byte_reader in{payload};
  auto key = in.number<uint64_t>();
  auto source = in.text();
  auto rule = in.text();
  auto topic = in.text();
  auto path = in.text();
  if (!in.done())
    return;
  auto id = table.find(key);
  if (!id) {
    orphans_[key].emplace_back(payload);
    return;
  }
  auto& f = table.at(*id);
  auto known = f.labelled ? table.series_of(*id, source) : f.first;
  if (known != no_id) {
    // An orphan is older than a whole record.
    if (orphan && table.has_origin(known))
      return;
    table.set_rule(known, table.rule(std::string{rule}));
    table.set_origin(known, topic, path);
    return;
  }
  auto& definition = *table.definition_at(f.definition);
  if (auto i = index_of_source(definition, source);
      i < definition.sources.size())
    table.add_series(*id, static_cast<uint16_t>(i),
                     table.rule(std::string{rule}), topic, path);
}

} // namespace rrdflow
