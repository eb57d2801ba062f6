#pragma once

#include "actors/base/file.hpp"
#include "messages/sample.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

// The format of a snapshot, `<store>/snapshot/<marker, 20 digits>.snapshot`:
//
//   file    := header section* footer
//   header  := magic[8] version:u32 zero:u32 marker:u64 position:u64 check:u64
//   section := owner:u32 length:u32 check:u64 bytes[length]
//   footer  := 0xfffffffe:u32 sections:u32 check:u64
//
// Numbers are little endian. A header's check covers what is before it; that of
// a section its bytes, seeded with marker, owner and place in the file; that of
// the footer all checks before it. A snapshot is valid if every check holds and
// the footer ends the file. No section is longer than `max_section`: that is
// what a reader takes in before it has checked it.

/// Bytes of a section.
constexpr size_t max_section = 64 << 20;

/// One snapshot as it was read.
struct snapshot_content {
  uint64_t marker = 0;

  /// The journal goes on here.
  position at = 0;

  /// The owner and the bytes of each section, in the order of the file.
  std::vector<std::pair<uint32_t, std::string>> sections;
};

/// Writes one snapshot under a temporary name and gives it its own at last.
///
/// Not thread-safe. Every call may block on disk. An abandoned one leaves no
/// file behind.
class snapshot_writer {
public:
  /// Creates the temporary file.
  /// @param folder Where snapshots live; must exist.
  static caf::expected<snapshot_writer>
  create(const std::string& folder, uint64_t marker, position at);

  /// Appends one section, or several if the bytes are too many for one.
  caf::error add(uint32_t owner, std::string_view bytes);

  /// Makes the file durable and visible.
  caf::error commit();

  /// Bytes written so far.
  uint64_t size() const noexcept {
    return file_.size();
  }

private:
  snapshot_writer(replacement_file file, uint64_t marker)
    : file_{std::move(file)}, marker_{marker} {
    // nop
  }

  caf::error add_section(uint32_t owner, std::string_view bytes);

  replacement_file file_;
  uint64_t marker_;

  /// Those of the header and of all sections so far.
  std::vector<uint64_t> checks_;
};

/// Reads and checks one snapshot. Takes memory for what is sound, and for one
/// section. Fails with
/// - ec::damaged, if it is not what a writer made, or its disk gives errors;
/// - another code, if it may be sound, but cannot be used now: it may not be
///   read, or is of another version of the program.
caf::expected<snapshot_content> read_snapshot(const std::string& path);

/// The file of a marker's snapshot.
std::string snapshot_path(const std::string& folder, uint64_t marker);

// -- the folder of snapshots --------------------------------------------------

/// What a start finds in the folder of snapshots.
struct loaded_snapshot {
  /// Why it is not known which snapshot is the newest: a start must not go on.
  /// A folder that does not exist has none.
  caf::error error;

  /// The newest one that can be used, if any.
  std::optional<snapshot_content> content;

  /// Names those that are newer but of no use, and why.
  std::vector<std::string> rejected;

  /// No marker up to here may be used again.
  uint64_t newest_marker = 0;
};

/// Tries what a snapshot holds, and may take it. An error says why nothing can
/// start from it.
using snapshot_check = std::function<caf::error(snapshot_content&)>;

/// Reads the newest snapshot that is sound and passes `check`, and removes what
/// unfinished ones left. Those that were passed over are called
/// "*.snapshot.rejected" from then on: the flow goes on from an older state, to
/// which they do not belong, and no later start may take them.
loaded_snapshot load_newest_snapshot(const std::string& folder,
                                     const snapshot_check& check = {});

/// Deletes the snapshots below `marker`, rejected ones included. Errors:
/// ec::io_failed; what could be deleted is gone nevertheless.
caf::error drop_snapshots(const std::string& folder, uint64_t marker);

} // namespace rrdflow
