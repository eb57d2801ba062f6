#pragma once

#include "config/key_table.hpp"
#include "config/rule_config.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace rrdflow {

// Types of values that only tables of rules have.

/// A number, or "U" for none: NaN.
value_type<double> limit();

/// A duration of at least a second; zero: "auto".
value_type<std::chrono::seconds> duration_or_auto(std::chrono::seconds max);

/// The list as it stands: what it means depends on the step.
value_type<const toml_value*> archive_list();

value_type<payload_format> formats();

/// The documentation of `formats`.
std::string about_formats();

/// A table of numbers, or "U" (NaN), by words.
value_type<word_map> words_and_numbers();

/// "address|value|index".
value_type<std::optional<rrd_source_config::janitoo_address>> triple();

} // namespace rrdflow
