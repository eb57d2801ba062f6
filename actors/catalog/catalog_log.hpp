#pragma once

#include "actors/catalog/catalog_file.hpp"
#include "actors/catalog/catalog_table.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace rrdflow {

/// Writes what is in a `catalog_table` as records (see catalog_file.hpp), and
/// applies records to it. Numbers definitions as the file does.
class catalog_log {
public:
  /// A file's path, definition (which must be known) and flags; in front of it
  /// the definition, if the catalog file has not got it yet.
  void file(const catalog_table& table, file_id id, std::string& out);

  void series(const catalog_table& table, series_id id, std::string& out) const;

  /// Records of kind `retired` or `released`.
  void keys(catalog_kind kind, const std::vector<uint64_t>& keys,
            std::string& out) const;

  /// All of `table`, as short as it can be said, numbers made anew.
  void everything(const catalog_table& table, std::string& out);

  /// From here on `apply` frees none of these files' names.
  void keep(std::vector<uint64_t> keys);

  /// Applies a record. A file whose definition was lost to
  /// damage is passed over; its series become orphans.
  void apply(catalog_kind kind, std::string_view payload, catalog_table& table);

  /// Gives series back to files that were found again, and drops the others.
  void adopt_orphans(catalog_table& table);

private:
  void apply_file(std::string_view payload, catalog_table& table);
  void apply_series(std::string_view payload, catalog_table& table,
                    bool orphan = false);

  /// The number in the catalog file -> the table's, and back.
  std::unordered_map<uint32_t, uint32_t> read_;
  std::unordered_map<uint32_t, uint32_t> written_;
  uint32_t next_ = 0;

  /// Ascending.
  std::vector<uint64_t> kept_;

  /// Payloads of series records whose file's record is lost, by the key of
  /// their files.
  std::unordered_map<uint64_t, std::vector<std::string>> orphans_;
};

} // namespace rrdflow
