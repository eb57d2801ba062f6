#pragma once

#include <cstdint>
#include <string>

namespace rrdflow {

/// What of a topic or a series is not stored, or not as it should be, for one
/// reason. The payload is that of the last time.
struct unstored {
  /// "refused", "late", "abandoned", "dead", "ignored", "warning" or "passed".
  std::string kind;

  /// As in the metrics, where these have it.
  std::string reason;

  /// Of DECODER.
  std::string topic;

  /// The place in the payload, if only that is concerned; of a shard the
  /// source, if the file has several.
  std::string path;

  /// The series, or, of a shard, the file as `series_info::file`.
  std::string series;

  /// Messages, readings or rows; 0: not counted.
  uint64_t count = 0;

  /// Of the last time: nanoseconds since the epoch.
  int64_t time = 0;

  /// The first 256 bytes.
  std::string payload;

  /// For people, with the remedy if there is one.
  std::string text;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, unstored& x) {
  return f(x.kind, x.reason, x.topic, x.path, x.series, x.count, x.time,
           x.payload, x.text);
}

} // namespace rrdflow
