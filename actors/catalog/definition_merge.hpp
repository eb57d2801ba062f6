#pragma once

#include "config/file_definition.hpp"

#include <string>

namespace rrdflow {

/// The definition in force for a file that exists: its own step, archives and
/// sources, with what a rule may tune: lateness, and of the sources that both
/// have with the same type sample, fill, heartbeat (at least the file's step),
/// min and max.
file_definition
merge_definitions(const file_definition& own, const file_definition& wanted);

/// Whether the file's step or archives are not those that the rule wants.
bool definitions_differ(const file_definition& own,
                        const file_definition& wanted);

/// Whether rows of one fit the other: step, and names and types of the sources
/// in their order.
bool same_shape(const file_definition& x, const file_definition& y);

/// The index of the source with this name in `x`, or -1.
int index_of_source(const file_definition& x, const std::string& name);

} // namespace rrdflow
