#pragma once

#include "config/file_definition.hpp"
#include "messages/sample.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// Says for each source of a file, in the file's order, where a job has its
/// cell.
struct column {
  /// Index into the job's sources, or -1: the job has none.
  int from = -1;

  source_type type = source_type::gauge;
};

/// How a job's sources lie in a file.
struct column_map {
  std::vector<column> columns;

  /// Sources of the job that the file lacks or has with another type; for
  /// people, empty if there are none.
  std::string missing;

  /// Whether the file has any of the job's sources.
  bool any = false;
};

/// Matches sources by name.
column_map
match_columns(const file_definition& job, const file_definition& file);

/// The arguments of librrd's update, "TIME:VALUE:VALUE..." each.
///
/// Numbers are written as librrd reads them, whatever the locale, in at most 29
/// characters: it keeps no more of a counter. What is not finite becomes "U".
class update_arguments {
public:
  /// Adds the rows of `rows` from `first` on that are newer than all before.
  update_arguments(const row_block& rows, size_t first, size_t sources,
                   const column_map& map);

  /// Pointers into this object.
  std::vector<const char*> argv() const;

private:
  std::string text_;
  std::vector<size_t> begins_;
};

/// Appends `x` as librrd reads it.
void append_value(std::string& text, const cell& x, source_type type);

} // namespace rrdflow
