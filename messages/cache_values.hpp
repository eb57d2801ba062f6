#pragma once

#include "config/file_definition.hpp"
#include "messages/sample.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// One piece of the ordered stream from the DECODER to a shard.
struct sample_batch {
  std::vector<sample> samples;

  /// Where the journal stands once the samples are applied.
  position upto = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, sample_batch& x) {
  return f(x.samples, x.upto);
}

/// What waits for a file in its shard: rows sealed or not, the running slot
/// included, as they would be written now.
struct waiting_rows {
  /// Whether the shard knows the file.
  bool known = false;

  definition_ptr definition;
  row_block rows;
};

/// The newest reading of a source.
struct last_value {
  file_id file = 0;
  uint16_t source = 0;

  /// Nanoseconds since the epoch; 0: there is none.
  int64_t time = 0;

  double value = 0;

  /// How long, in seconds, its value counts without another one.
  int64_t heartbeat = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, last_value& x) {
  return f(x.file, x.source, x.time, x.value, x.heartbeat);
}

/// A message that could not be decoded.
struct dead_message {
  /// Nanoseconds since the epoch.
  int64_t arrival = 0;

  std::string topic;

  /// The first 256 bytes.
  std::string payload;

  std::string reason;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, dead_message& x) {
  return f(x.arrival, x.topic, x.payload, x.reason);
}

/// A piece of a snapshot: what one owner must remember at a marker.
struct snapshot_part {
  /// The marker's number.
  uint64_t marker = 0;

  /// The journal's position at the marker.
  position at = 0;

  /// Which shard, or `decoder_part`.
  uint32_t owner = 0;

  /// msgpack, at most some MiB; the pieces of one owner come in order.
  std::vector<char> bytes;

  /// The owner's last piece. A shard sends it only when its writer has put all
  /// rows handed over before the marker into the files, or given them back.
  bool last = false;
};

constexpr uint32_t decoder_part = 0xffffffff;

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, snapshot_part& x) {
  return f(x.marker, x.at, x.owner, x.bytes, x.last);
}

} // namespace rrdflow
