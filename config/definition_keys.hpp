#pragma once

#include "config/file_definition.hpp"
#include "config/table_reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// What a table says about one property of a file.
template <class T>
struct setting {
  std::optional<T> value;
  config_place at;

  /// False if it was inherited from the table around.
  bool own = true;
};

/// What one table of the configuration says about files. Each level inherits
/// what it does not say from the level above.
struct definition_keys {
  setting<int64_t> step;
  setting<int64_t> lateness;
  setting<int64_t> heartbeat;
  setting<source_type> type;
  setting<slot_sample> sample;
  setting<gap_fill> fill;
  setting<double> min;
  setting<double> max;
  setting<double> xff;
  setting<const toml_value*> archives;
};

/// Reads the keys `step` and `archives`.
void read_file_keys(table_reader& reader, definition_keys& x);

/// Reads the keys `lateness` and `xff`.
void read_slot_keys(table_reader& reader, definition_keys& x);

/// Reads the keys `sample`, `fill` and `heartbeat`.
void read_sample_keys(table_reader& reader, definition_keys& x);

/// Reads the keys `type`, `min` and `max`.
void read_source_keys(table_reader& reader, definition_keys& x);

/// Fills in what `child` leaves open. A counter does not inherit `sample`, for
/// which it has no choice.
definition_keys inherit(definition_keys child, const definition_keys& parent);

/// Makes a data source and checks that it makes sense.
/// @pre x.step has a value
source_definition
make_source(issue_list& issues, const definition_keys& x, std::string name);

/// Makes the archives that `x` lists, `otherwise` if it lists none.
/// @pre x.step and x.xff have values
std::vector<archive_definition>
make_archives(issue_list& issues, const definition_keys& x,
              std::vector<archive_definition> otherwise);

} // namespace rrdflow
