#pragma once

#include "actors/base/file_names.hpp"
#include "actors/catalog/path_index.hpp"
#include "actors/catalog/series_origin.hpp"
#include "config/file_definition.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rrdflow {

/// Numbers a series within the catalog of this run. Never reused.
using series_id = uint32_t;

constexpr uint32_t no_id = 0xffffffff;

/// The definition is not known.
constexpr uint32_t no_definition = (1u << 28) - 1;

/// The index of the source with this name, or the number of sources.
size_t index_of_source(const file_definition& x, std::string_view name);

/// All files and series, in memory: 40 bytes for a series of its own file, and
/// its name. Knows no disk and decides nothing.
///
/// Concurrency: one thread.
class catalog_table {
public:
  struct series_entry {
    /// `no_id`: the series was released.
    file_id file = no_id;

    /// In the `origin_store`; `no_id`: the origin is not known.
    uint32_t origin = no_id;

    /// The next series of the same file, or `no_id`.
    series_id next = no_id;

    uint16_t rule = 0;

    /// Index into the sources of the file's definition.
    uint16_t source = 0;
  };

  struct file_entry {
    series_id first = no_id;

    /// Or `no_definition`.
    uint32_t definition : 28;

    /// It is in the index, and its series count.
    uint32_t alive : 1;

    /// Its shard has its state.
    uint32_t remembered : 1;

    /// Its series are those of an [[rrd]], "<name>/<label>".
    uint32_t labelled : 1;

    /// Its step or archives are not the rule's.
    uint32_t differs : 1;

    file_entry()
      : definition{no_definition}, alive{},
        remembered{}, labelled{}, differs{} {
      // nop
    }
  };

  static_assert(sizeof(file_entry) == 8);
  static_assert(sizeof(series_entry) == 16);

  catalog_table();

  // -- files ------------------------------------------------------------------

  std::optional<file_id> find(uint64_t key) const;

  /// @pre no file has the path's key.
  file_id add_file(std::string_view path);

  file_entry& at(file_id id) {
    return files_[id];
  }

  const file_entry& at(file_id id) const {
    return files_[id];
  }

  file_id files() const noexcept {
    return names_->size();
  }

  const std::shared_ptr<file_names>& names() const noexcept {
    return names_;
  }

  /// Null if not known.
  definition_ptr definition(file_id id) const;

  /// Its series find their sources by name; those without one are released.
  void define(file_id id, uint32_t definition);

  void set_alive(file_id id, bool alive);
  void set_differs(file_id id, bool differs);

  /// Releases the series of a file and, unless it `stays`, its path.
  void release(file_id id, bool stays = false);

  // -- series -----------------------------------------------------------------

  series_id series_count() const noexcept {
    return static_cast<series_id>(series_.size());
  }

  const series_entry& get(series_id id) const {
    return series_[id];
  }

  series_id add_series(file_id file, uint16_t source, uint16_t rule,
                       std::string_view topic, std::string_view path);

  void set_rule(series_id id, uint16_t rule);
  void set_origin(series_id id, std::string_view topic, std::string_view path);

  /// The series of this source, `no_id` if there is none.
  series_id series_of(file_id file, std::string_view source) const;

  /// The series of this name, `no_id` if there is none.
  series_id series_named(std::string_view name) const;

  /// The name of the source; empty if not known.
  std::string_view source_of(series_id id) const;

  std::string name(series_id id) const;

  /// The name. Most names are the paths of their files and take no memory; any
  /// other is put into `room`.
  std::string_view name(series_id id, std::string& room) const;

  /// Empty if not known.
  series_origin origin(series_id id) const;

  bool has_origin(series_id id) const {
    return series_[id].origin != no_id;
  }

  bool
  comes_from(series_id id, std::string_view topic, std::string_view path) const;

  // -- what many share --------------------------------------------------------

  /// The number of a definition; equal ones share a number.
  uint32_t intern(const definition_ptr& x);
  uint32_t intern(const file_definition& x);

  const definition_ptr& definition_at(uint32_t number) const {
    return definitions_[number];
  }

  uint16_t rule(const std::string& name);
  const std::string& rule_name(uint16_t rule) const {
    return rules_[rule].name;
  }

  /// Living series of all rules or of one.
  uint64_t living() const noexcept {
    return living_;
  }
  uint64_t living(const std::string& rule) const {
    auto i = rule_ids_.find(rule);
    return i == rule_ids_.end() ? 0 : rules_[i->second].living;
  }

  /// Living files, and those of them that differ from their rule.
  uint64_t living_files() const noexcept {
    return living_files_;
  }
  uint64_t differing_files() const noexcept {
    return differing_files_;
  }

  /// Counts series that were released.
  uint64_t released() const noexcept {
    return released_;
  }

private:
  struct rule_entry {
    std::string name;
    uint64_t living = 0;
  };

  void count(const series_entry& x, bool alive);
  void drop(series_entry& x);

  std::shared_ptr<file_names> names_;
  path_index index_;
  std::deque<file_entry> files_;
  std::deque<series_entry> series_;
  origin_store origins_;
  std::vector<definition_ptr> definitions_;
  std::unordered_map<std::string, uint32_t> definition_ids_;

  /// Saves packing the definitions of rules again and again; keeps them.
  std::unordered_map<definition_ptr, uint32_t> interned_;

  std::vector<rule_entry> rules_;
  std::unordered_map<std::string, uint16_t> rule_ids_;
  uint64_t living_ = 0;
  uint64_t living_files_ = 0;
  uint64_t differing_files_ = 0;
  uint64_t released_ = 0;
};

} // namespace rrdflow
