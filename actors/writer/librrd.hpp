#pragma once

#include "actors/writer/row_update.hpp"
#include "config/file_definition.hpp"
#include "messages/sample.hpp"

#include <caf/error.hpp>

#include <cstddef>
#include <string>

/// The adapter of librrd, which writes what `row_update` cannot: all calls into
/// it are here. Files are named by open file descriptors, so that no other file
/// can take their place between the check and the call, and no name of the
/// store gets into librrd, which takes some as formats. May be called by
/// several threads, not for the same file.
namespace rrdflow::librrd {

/// Takes RRDCACHED_ADDRESS, which redirects librrd's calls, out of the
/// environment. Call it before threads start that read the environment.
void initialise();

/// The bits that librrd writes for an unknown value.
double unknown();

/// Appends `x` as librrd reads it, whatever the locale, in at most 29
/// characters: it keeps no more of a counter. What is not finite becomes "U".
void append_value(std::string& text, const cell& x, source_type type);

/// Writes the rows [first, last) that are newer than all before them. A failure
/// may come after some of them are in the file.
caf::error update(int fd, const row_block& rows, size_t first, size_t last,
                  size_t sources, const column_map& map);

} // namespace rrdflow::librrd
