#pragma once

#include "config/file_definition.hpp"
#include "messages/sample.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Where things are in an RRD file, as 64-bit little-endian machines write it:
///
///   file := static source* archive* live pending* consolidated* pointer* row*
///   live := last_update:i64 [microseconds:i64, not in version 0001]
///   pending      one for each source
///   consolidated one for each archive and source, by archive
///   pointer      one for each archive: the row that was written last
///   row     := double, one for each source; the rows of the first archive
///   first
///
/// From `live` to the last `pointer` is the live part: all that an update
/// changes, besides rows.
namespace rrd_layout {

constexpr size_t static_size = 128;
constexpr size_t cookie_at = 0;  // char[4]: "RRD"
constexpr size_t version_at = 4; // char[5]: "0003"
constexpr size_t float_cookie_at = 16;
constexpr size_t source_count_at = 24;
constexpr size_t archive_count_at = 32;
constexpr size_t step_at = 40;

constexpr double float_cookie = 8.642135E130;

constexpr size_t source_size = 120;
constexpr size_t source_name_at = 0;      // char[20]
constexpr size_t source_type_at = 20;     // char[20]
constexpr size_t source_tunables_at = 40; // heartbeat:u64 min:f64 max:f64
constexpr size_t tunables_size = 24;
constexpr size_t text_size = 20;

constexpr size_t archive_size = 120;
constexpr size_t archive_function_at = 0; // char[20]
constexpr size_t archive_rows_at = 24;
constexpr size_t archive_steps_at = 32;
constexpr size_t archive_xff_at = 40;

constexpr size_t live_size = 16;
constexpr size_t live_size_0001 = 8;

constexpr size_t pending_size = 112;
constexpr size_t last_text_size = 30;     // char[30], at the start of `pending`
constexpr size_t unknown_seconds_at = 32; // u64, of the open step
constexpr size_t pending_value_at = 40;   // f64, rate times seconds

constexpr size_t consolidated_size = 80; // value:f64 of the open row, ...
constexpr size_t unknown_points_at = 8;  // u64, of the open row
constexpr size_t primary_at = 64;        // f64, the row written last or the
constexpr size_t secondary_at = 72;      // first of several; f64, the others
constexpr size_t pointer_size = 8;

} // namespace rrd_layout

/// What the check of a file's header found.
enum class header_state : uint8_t {
  ok,
  /// Not an RRD file of this machine's layout, or one that librrd would choke
  /// on.
  damaged,
  /// Sound, but of a kind that cannot be kept safe here: computed sources, and
  /// Holt-Winters archives, whose rows an update changes after the fact.
  unsupported,
  /// The file could not be read.
  unreadable,
};

/// The header of an RRD file, checked for all that librrd does not check.
struct rrd_header {
  header_state state = header_state::damaged;

  /// For people: why the state is not ok.
  std::string reason;

  /// All bytes before the first row.
  std::string bytes;

  /// The live part is [live_begin, bytes.size()).
  size_t live_begin = 0;

  /// Seconds, and the microseconds behind them.
  int64_t last_update = 0;
  int64_t microseconds = 0;

  /// The last update in microseconds since the epoch.
  int64_t last_microtime() const noexcept {
    return last_update * 1000000 + microseconds;
  }

  /// The last reading of a source, as text.
  std::string_view last_text(size_t source) const noexcept;

  /// What the file keeps of the time of a row, in microseconds since the epoch:
  /// files before version 0003 only whole seconds.
  int64_t microtime(const row_block& rows, size_t i) const;

  /// Step, sources and archives. Sample, fill and lateness are not in a file.
  file_definition definition;

  /// A hash over what never changes in a file's life: the layout, sources and
  /// archives, but not the sources' heartbeat, min and max.
  uint64_t definitions = 0;

  explicit operator bool() const noexcept {
    return state == header_state::ok;
  }
};

/// Reads and checks the header of the file behind `fd`, which has `size` bytes.
rrd_header read_header(int fd, uint64_t size);

/// Checks a header given as bytes; `size` is that of the whole file.
rrd_header parse_header(std::string bytes, uint64_t size);

/// Like `read_header`, but without checking the live part, which a killed
/// update leaves in any state.
rrd_header read_definitions(int fd, uint64_t size);

/// The header of a new file, as librrd makes it, whose last update is in second
/// `last_update`. `seed` spreads the places at which archives begin, and with
/// them the times at which many files go on to their next page.
rrd_header
make_header(const file_definition& x, int64_t last_update, uint64_t seed);

/// Gives the sources of `x` heartbeat, min and max of those of `wanted` that
/// have their name and type; a heartbeat that is learned and a limit that is not
/// asked for stay as they are.
/// Returns the indexes of those that changed.
std::vector<size_t> tune(rrd_header& x, const file_definition& wanted);

/// Gives all sources of `x` that heartbeat, in seconds. Returns the indexes of
/// those that changed.
std::vector<size_t> set_heartbeat(rrd_header& x, int64_t heartbeat);

/// Writes heartbeat, min and max of a source into the file. Returns false, with
/// errno, on failure.
bool write_tuned(int fd, const rrd_header& x, size_t source);

/// What an update can change: the sources' heartbeat, min and max (24 bytes
/// each), then the live part.
std::string undo_image(const rrd_header& x);

/// Writes an `undo_image` back. Returns false, with errno, on failure.
/// @pre image.size() == undo_image(x).size()
bool restore_image(int fd, const rrd_header& x, std::string_view image);

} // namespace rrdflow
