#pragma once

#include "actors/base/log_throttle.hpp"
#include "actors/cache/shard_engine.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rrdflow {

/// A CACHE_SHARD. Caches the rows of its files and has them written.
///
/// Spawned by: SUPERVISOR, one for each writer.
/// Sends to: `writer` rows (at most two messages of 256 files unanswered, and
/// two more of files that a request waits for), the markers, and files to
/// delete; `keeper` its share of each flush; the SNAPSHOTTER that a marker
/// names its part.
/// Blocks: never; it packs in slices between other messages.
/// Stops: on EXIT; what it has is in the last snapshot. Quits with the error of
/// a writer that is gone.
class cache_shard_state {
public:
  using handle = cache_shard_actor;

  static inline const char* name = "cache-shard";

  explicit cache_shard_state(cache_shard_actor::pointer self) : self_{self} {
    // nop
  }

  /// @param start what it takes over from an earlier run
  cache_shard_actor::behavior_type
  make_behavior(cache_settings settings, std::shared_ptr<file_names> names,
                rrd_writer_actor writer, journal_keeper_actor keeper,
                const shard_start& start);

private:
  using credit = caf::typed_response_promise<uint64_t>;
  using last_promise = caf::typed_response_promise<std::vector<last_value>>;
  using release_promise = caf::typed_response_promise<request_outcome>;

  /// A snapshot on its way.
  struct packing {
    uint64_t marker = 0;
    position at = 0;
    snapshotter_actor snapshotter;
    bool packed = false;
    bool writer_answered = false;
    std::string bytes;
  };

  /// Does what a message has made possible.
  void pump();

  void answer_release(release_promise promise, std::vector<file_id> remove,
                      request_outcome outcome);
  void hand_over();
  void send_jobs(std::vector<write_job> jobs, bool urgent);
  void answer_last(last_promise promise, std::vector<last_value> values);
  void tell(const file_warning& x);
  void arm_retry();
  void begin_packing(uint64_t marker, position at,
                     const caf::strong_actor_ptr& snapshotter);
  void pack_slice();
  void end_packing();
  void send_piece(std::string_view bytes, bool last);

  cache_shard_actor::pointer self_;
  std::optional<shard_engine> engine_;
  uint32_t index_ = 0;
  uint32_t shard_count_ = 1;
  std::shared_ptr<file_names> names_;
  rrd_writer_actor writer_;
  journal_keeper_actor keeper_;

  /// Unanswered messages to the writer, urgent and others.
  size_t in_flight_[2] = {0, 0};

  /// When a `work` is on its way for a retry.
  std::optional<shard_engine::time_point> armed_;

  std::vector<std::pair<credit, uint64_t>> held_credit_;

  /// How requests are answered, by the engine's ticket.
  std::unordered_map<uint64_t, std::function<void(request_outcome)>> waits_;

  std::optional<packing> packing_;
  log_throttle warning_lines_{std::chrono::minutes{1}, 10};
};

} // namespace rrdflow
