#pragma once

#include "actors/base/file_names.hpp"
#include "actors/decode/rules_text.hpp"
#include "config/limits_config.hpp"
#include "config/mqtt_config.hpp"
#include "messages/decode_progress.hpp"
#include "messages/journal_feed.hpp"
#include "messages/request.hpp"
#include "messages/sample.hpp"

#include <caf/expected.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rrdflow {

/// What a decoder is told once.
struct decoder_settings {
  uint32_t shards = 1;
  limits_config limits;
  retained_policy retained = retained_policy::ignore;

  /// Samples that may be on their way to one shard.
  uint64_t credit = 65536;

  /// Samples of one batch.
  size_t batch = 4096;

  /// Records that come one by one, each sooner than this after the last, are
  /// decoded together after this time: to wake the DECODER and the shards costs
  /// several times what a record does. 0: each at once.
  std::chrono::milliseconds linger{0};

  /// Bounds of reading ahead for new series.
  size_t ahead_records = 4096;
  size_t ahead_bytes = 1 << 20;

  /// Random: topics cannot be made to collide by somebody who does not know it.
  uint64_t hash_seed = 0;

  /// Names of files, to find those that are to retire.
  std::shared_ptr<const file_names> names;

  /// A switch for tests: while it is true, nothing is decoded. May be null.
  std::shared_ptr<const std::atomic<bool>> hold;

  /// Where to tell how far the decoder is.
  std::shared_ptr<decode_progress> progress
    = std::make_shared<decode_progress>();

  /// A switch for tests: sees each record that is applied. May be empty.
  std::function<void(const journal_record&)> before_record;

  /// Reads the text of a configuration.
  std::function<caf::expected<rules_config>(const std::string&)> read_rules
    = rules_of;
};

/// Records that are applied one by one, nothing else being on its way: those
/// that begin in [from, to).
struct suspect_range {
  position from = 0;
  position to = 0;

  bool empty() const noexcept {
    return from >= to;
  }

  bool has(position x) const noexcept {
    return x >= from && x < to;
  }
};

/// Where a decoder begins.
struct decoder_start {
  position at = 0;

  /// Of the last message before `at`.
  uint64_t sequence = 0;

  /// How many of the messages before `at` nobody knows anything of.
  uint64_t lost = 0;

  /// The decoder's part of the snapshot, its pieces put together; empty: there
  /// is none.
  std::vector<char> memory;

  /// The rules that hold if there is none.
  rules_request rules;

  suspect_range suspects;

  /// Records that are to be taken as dead, and why.
  std::map<position, std::string> condemned;
};

} // namespace rrdflow
