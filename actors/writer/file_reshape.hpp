#pragma once

#include "actors/writer/write_engine.hpp"
#include "messages/writer_values.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <string>
#include <string_view>

namespace rrdflow {

/// Gives a file that exists another shape: makes a new one of it beside, and
/// moves that to its place.
///
/// Why a kill at any moment does no harm. Let K be the marker that the next
/// start goes back to.
///
/// - Before the move the old file is what it was; the new one is swept away.
/// - The move is one rename, and the new file was synced before: afterwards
///   there is either the old file or all of the new one, after a power cut too.
/// - If it is the old one, K's log has its header if it was changed since, and
///   the start puts that back as ever.
/// - If it is the new one, that header names another inode: it is not put into
///   it. The new file's own header was put into the log before the move, as
///   `undo_kind::renewed`. So the file goes back to where it was just after the
///   move, whatever an update that was killed has left there. That is
///   later than K, but it is a whole state of the file: all rows up to its last
///   update, none behind. The flow goes on from K; the rows up
///   to there come again and are past, as the file has them, and those behind
///   are written again, the same.
/// - A log of an older marker than the one of the move is read first, and has a
///   record of the old inode only. One of a newer marker has a record of the
///   new inode, which is later than that of the move: the oldest one wins.
///
/// Nothing depends on the journal, therefore: asked once more, it finds that
/// the file has its shape.
///
/// Concurrency: that of its engine. Blocks.
class file_reshape {
public:
  explicit file_reshape(write_engine& engine) : engine_{engine} {
    // nop
  }

  /// An error means the same as for `write_engine::write`.
  caf::expected<reshape_outcome>
  run(std::string_view path, const reshape_job& job);

private:
  /// Why there is no new file, or nothing.
  std::string
  make(std::string_view path, const reshape_job& job, temporary_file& temporary,
       opened_file& file, rrd_header& header, opened_file& old);

  write_engine& engine_;
};

} // namespace rrdflow
