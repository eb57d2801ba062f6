#pragma once

#include "config/file_definition.hpp"

#include <cstdint>
#include <string>

namespace rrdflow {

/// What a look at a file's header shows.
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

  /// Seconds.
  int64_t last_update = 0;

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

/// Like `read_header`, but without a look at the live part, which a killed
/// update leaves in any state.
rrd_header read_definitions(int fd, uint64_t size);

} // namespace rrdflow
