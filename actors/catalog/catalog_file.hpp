#pragma once

#include "actors/base/checked_record.hpp"
#include "actors/base/file.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rrdflow {

// -- the format ---------------------------------------------------------------

/// The file `<store>/catalog`: only ever appended to, and rewritten at a start
/// when most of it is out of date. All numbers are little endian.
///
///     catalog    := header record*
///     header     := "rrdflow-catalog\n" version:u32 0:u32
///     record     := 0xA7 kind:u8 length:u32 check:u64 payload
///     check      := XXH3-64 of the payload, seeded with
///                   version << 48 | kind << 32 | length
///     payload    := definition | file | series | retired | released
///     definition := number:u32 and the bytes of definition_codec.hpp
///     file       := path:text number:u32 flags:u8
///     series     := key:u64 source:text rule:text topic:text path:text
///     retired    := key:u64*
///     released   := key:u64*
///     text       := length:u32 bytes
///
/// A `definition` stands before the first `file` that names its number. A
/// `file` record introduces a file, gives it a new definition, or says that it
/// is alive again; flag 1: its series are those of an [[rrd]], flag 2: its step
/// or archives are not the rule's. A `key` is the `path_key` of a file that was
/// introduced before. A later record of the same thing replaces the earlier
/// one. A `series` with an empty topic has no origin yet.
///
/// A record that fails its check (or is of another version) is passed over:
/// reading goes on at the next byte that begins a good record. Records are
/// whole statements, so what is lost with one is that statement alone.
constexpr std::string_view catalog_magic = "rrdflow-catalog\n";
constexpr uint32_t catalog_version = 1;
constexpr size_t catalog_header_size = 24;

constexpr record_layout catalog_layout = {
  /* header */ 14,
  /* length_at */ 2,
  /* check_at */ 6,
  /* checked_from */ 14,
  /* max_payload */ 1 << 20,
};

/// The numbers are part of the format.
enum class catalog_kind : uint8_t {
  definition = 1,
  file = 2,
  series = 3,
  retired = 4,
  released = 5,
};

constexpr uint8_t catalog_flag_labelled = 1;
constexpr uint8_t catalog_flag_differs = 2;

/// The header of a catalog of this version.
std::string catalog_header();

/// Whether `bytes` begin with the header of this version.
bool is_catalog(std::string_view bytes);

/// Appends one record to `out`.
void append_record(catalog_kind kind, std::string_view payload,
                   std::string& out);

/// What `scan_records` found.
struct catalog_scan {
  uint64_t records = 0;

  /// Damaged places that good records follow.
  uint64_t gaps = 0;

  /// The end of the last good record; what follows is torn.
  size_t end = 0;
};

/// Calls `visit` for each good record of `bytes`, which hold a whole catalog.
catalog_scan
scan_records(std::string_view bytes,
             const std::function<void(catalog_kind, std::string_view)>& visit);

// -- the file -----------------------------------------------------------------

/// The open catalog file. Records are collected in memory and reach the disk
/// together, by `commit`.
///
/// Concurrency: one thread.
class catalog_file {
public:
  catalog_file() = default;

  /// Opens `<directory>/catalog` to append behind its first `size` bytes; what
  /// follows is cut off.
  static caf::expected<catalog_file>
  open(const std::string& directory, uint64_t size);

  /// Puts `content` in the place of `<directory>/catalog`, whole or not at all,
  /// synced, and opens it.
  static caf::expected<catalog_file>
  replace(const std::string& directory, std::string_view content);

  /// The bytes of `<directory>/catalog`; empty if there is no such file.
  static caf::expected<std::string> read(const std::string& directory);

  /// Records that wait for the next commit.
  std::string& pending() noexcept {
    return pending_;
  }

  /// Writes and syncs what is pending. On ec::disk_full nothing is written and
  /// all stays pending: try again. After any other error the file is of no use
  /// any more: what a failed sync left on the disk is unknown.
  caf::error commit();

private:
  /// Gives the file up. Bytes behind the last commit must not be read by the
  /// next start.
  caf::error break_off(std::string why);

  unique_fd fd_;
  uint64_t size_ = 0;
  std::string pending_;
  caf::error broken_;
};

} // namespace rrdflow
