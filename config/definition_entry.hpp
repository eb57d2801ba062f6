#pragma once

#include "config/file_definition.hpp"
#include "config/key_table.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace rrdflow {

/// What one table of the configuration says about files. Each level inherits
/// what it does not say from the level above.
struct definition_entry {
  setting<std::chrono::seconds> step;
  setting<std::chrono::seconds> lateness;

  /// Zero: it follows the readings.
  setting<std::chrono::seconds> heartbeat;
  setting<std::chrono::seconds> heartbeat_max;
  setting<source_type> type;
  setting<slot_sample> sample;
  setting<gap_fill> fill;
  setting<double> min;
  setting<double> max;
  setting<double> xff;
  setting<const toml_value*> archives;
};

/// Fills in what `child` leaves open. A counter does not inherit `sample`, for
/// which it has no choice.
definition_entry
inherit(definition_entry child, const definition_entry& parent);

/// Makes a data source and checks that it makes sense.
/// @pre x.step has a value
source_definition
make_source(issue_list& issues, const definition_entry& x, std::string name);

/// Makes the archives that `x` lists, `otherwise` if it lists none.
/// @pre x.step and x.xff have values
std::vector<archive_definition>
make_archives(issue_list& issues, const definition_entry& x,
              std::vector<archive_definition> otherwise);

/// The file of a rule or field, or the rule's if both are alike.
definition_ptr make_definition(issue_list& issues, const definition_entry& x,
                               const definition_ptr& rule);

} // namespace rrdflow
