#pragma once

#include "messages/sample.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
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
// the footer all checks before it. Checks are XXH3 of 64 bits. A snapshot is
// valid if every check holds and the footer ends the file. No section is longer
// than `max_section`: that is what a reader takes in before it has checked it.

/// Bytes of a section.
constexpr size_t max_section = 64 << 20;

/// One snapshot as it was read.
struct snapshot_content {
  uint64_t marker = 0;

  /// The journal goes on here.
  position at = 0;

  /// The owner and the bytes of each section, in the order of the file.
  std::vector<std::pair<uint32_t, std::string>> sections;

  /// All sections of `owner`.
  std::vector<std::string> sections_of(uint32_t owner) const;
};

/// Writes one snapshot under a temporary name and gives it its own at last.
///
/// Not thread-safe. Every call may block on disk. An abandoned one leaves no
/// file behind.
class snapshot_writer {
public:
  /// @param folder where snapshots live; must exist.
  snapshot_writer(std::string folder, uint64_t marker);
  snapshot_writer(const snapshot_writer&) = delete;
  snapshot_writer& operator=(const snapshot_writer&) = delete;
  ~snapshot_writer();

  /// Creates the temporary file. Call first.
  caf::error open(position at);

  /// Appends one section, or several if the bytes are too many for one.
  caf::error add(uint32_t owner, std::string_view bytes);

  /// Makes the file durable and visible: footer, fsync, rename, fsync of the
  /// folder.
  caf::error commit();

  /// Bytes written so far.
  uint64_t size() const noexcept {
    return size_;
  }

private:
  caf::error add_section(uint32_t owner, std::string_view bytes);
  caf::error write(std::string_view bytes);
  caf::error failed(const char* what) const;

  std::string folder_;
  std::string path_;
  std::string temporary_;
  uint64_t marker_;
  uint32_t sections_ = 0;
  uint64_t size_ = 0;
  std::vector<uint64_t> checks_;
  int fd_ = -1;
};

/// Reads and checks one snapshot. Takes memory for what is sound, and for one
/// section. Fails with
/// - ec::damaged, if it is not what a writer made, or its disk gives errors;
/// - ec::io_failed, if it may be sound, but is not for us: we may not read it,
///   or it is of another version of the program.
caf::expected<snapshot_content> read_snapshot(const std::string& path);

/// The file of a marker's snapshot.
std::string snapshot_path(const std::string& folder, uint64_t marker);

} // namespace rrdflow
