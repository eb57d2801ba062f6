#pragma once

#include "config/file_definition.hpp"

#include <string>

namespace rrdflow {

/// The definition in force for a file that exists: its own step, archives and
/// sources, with what a rule may tune: lateness, and of the sources that both
/// have with the same type sample, fill, heartbeat (at least the file's step),
/// min and max. A limit that the rule leaves open is left to the file, and
/// taken away if `before` asked for it and the file still has it.
///
/// @param before What was in force; null: not known.
file_definition
merge_definitions(const file_definition& own, const file_definition& wanted,
                  const file_definition* before);

/// For people: what of a file's step, archives and sources is not as a rule
/// wants it, e.g. "step 10s, not 60s; source b is missing". Empty if all is, in
/// whatever order the sources are.
std::string
shape_difference(const file_definition& own, const file_definition& wanted);

} // namespace rrdflow
