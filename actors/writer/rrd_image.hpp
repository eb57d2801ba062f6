#pragma once

#include "actors/writer/rrd_header.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rrdflow {

/// How many bytes a file of this definition has.
uint64_t file_size(const file_definition& x);

/// What can be changed by an update: the sources' heartbeat, min and max (24
/// bytes each), then the live part.
std::string undo_image(const rrd_header& x);

/// Writes an `undo_image` back. Returns false, with errno, on failure.
/// @pre image.size() == undo_image(x).size()
bool restore_image(int fd, const rrd_header& x, std::string_view image);

/// Writes heartbeat, min and max of the source at `index`. Returns false, with
/// errno, on failure.
bool tune_source(int fd, size_t index, const source_definition& x);

/// Has `x` say the same.
void take_tuned(rrd_header& x, size_t index, const source_definition& source);

/// Reads the last update, in seconds, of a file with this header. Returns false
/// on failure.
bool read_last_update(int fd, const rrd_header& x, int64_t& result);

} // namespace rrdflow
