#pragma once

#include "config/file_definition.hpp"

#include <msgpack/object_fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rrdflow {

// File definitions are stored in two forms that have the same members in the
// same order: as plain bytes in the catalog, as msgpack in snapshots.
//
//   bytes      := step:i64 lateness:i64 count:u32 source* count:u32 archive*
//   source     := name:text type:u8 sample:u8 fill:u8
//                 heartbeat:i64 min:f64 max:f64
//   archive    := function:u8 xff:f64 steps:u32 rows:u32
//   text       := length:u32 bytes
//
//   msgpack    := step lateness
//                 [[name, type, sample, fill, heartbeat, min, max]...]
//                 [[function, xff, steps, rows]...]
//
// A heartbeat that is learned has its `heartbeat_max` in its upper 32 bits.
//
// A definition that no file could have is not read: step not above 0, negative
// lateness, either of 2^33 seconds or more, no source or 2^16 of them, unknown
// enumerators.

/// Appends the plain bytes. Equal definitions have equal bytes.
void append_definition(const file_definition& x, std::string& out);

/// Reads what `append_definition` wrote, all of `bytes`; nothing if it is no
/// definition.
std::optional<file_definition> read_definition(std::string_view bytes);

/// How many msgpack objects a definition is.
constexpr size_t packed_definition_size = 4;

/// Appends these objects.
void pack_definition(const file_definition& x, std::string& out);

/// Reads what `pack_definition` wrote; nothing if it is no definition.
/// @pre there are `packed_definition_size` objects
std::optional<file_definition> unpack_definition(const msgpack::object* xs);

} // namespace rrdflow
