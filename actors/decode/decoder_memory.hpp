#pragma once

#include "actors/decode/unstored_messages.hpp"
#include "messages/error.hpp"
#include "messages/request.hpp"

#include <caf/error.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// What a decoder must remember from one run to the next: its part of a
/// snapshot.
struct decoder_memory {
  /// The rules in force and the filters that were wanted with them.
  rules_request rules;

  /// The last second the shards were told.
  int64_t watermark = 0;

  /// Of the last message.
  uint64_t sequence = 0;

  std::vector<std::string> rule_names;
  message_counts counts;
  std::deque<dead_message> dead;

  /// Hashes of series and the times of their newest readings.
  std::vector<std::pair<uint64_t, int64_t>> last_times;

  /// What `unstored_messages` keeps.
  std::vector<kept_message> unstored;
};

/// As msgpack.
std::vector<char> pack(const decoder_memory& x);

/// @returns `ec::damaged` if the bytes are not what `pack` made; never takes
/// memory beyond a small multiple of their number.
caf::error unpack(const std::vector<char>& bytes, decoder_memory& x);

} // namespace rrdflow
