#pragma once

#include "actors/writer/row_update.hpp"

#include <cstdint>
#include <functional>

namespace rrdflow {

/// What became of the writing of an update.
enum class store_state : uint8_t {
  /// All is in the file.
  done,
  /// The header is as it was. Rows may be in the places of the archives' oldest
  /// ones, which show them until the same update is made once more; one that is
  /// given up leaves them there.
  failed,
  /// Nobody knows what the header is: a part of it was written, and could be
  /// neither completed nor taken back.
  torn,
};

/// Writes what `x` computed into its file: the rows first, with a write for
/// each run of them, the live part of the header last, with one write.
///
/// @param header what the file has now
/// @param rows_written called between the two
/// @returns unless `done`, errno says why
store_state store_update(int fd, const rrd_header& header, const row_update& x,
                         const std::function<void()>& rows_written);

} // namespace rrdflow
