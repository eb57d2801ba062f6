#pragma once

#include "actors/journal/journal.hpp"
#include "actors/journal/request_book.hpp"
#include "actors/journal/sync_times.hpp"
#include "config/config_ptr.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rrdflow {

struct keeper_settings {
  /// Between two syncs: journal.sync. Room and stalls are looked after as
  /// often, with every sync policy.
  std::chrono::milliseconds interval{200};

  /// Between two attempts to rewrite segments after a failed sync.
  std::chrono::milliseconds mend_interval{1000};

  /// Runs in the actor's thread when a stall ended. Must not block. May be
  /// empty.
  std::function<void()> resumed;

  /// The store's folder, for the log.
  std::string store;

  /// Nanoseconds, for how long syncs take.
  std::function<int64_t()> boot_clock = clock_sources::system().boot;
};

/// The interval of journal.sync.
keeper_settings make_keeper_settings(const config& x);

/// The state of a JOURNAL_KEEPER.
class journal_keeper_state {
public:
  static inline const char* name = "journal-keeper";

  explicit journal_keeper_state(journal_keeper_actor::pointer self)
    : self_{self} {
    // nop
  }

  /// Refuses what the flow has not done: who asked may ask the next one.
  ~journal_keeper_state();

  journal_keeper_actor::behavior_type
  make_behavior(keeper_settings settings, journal_ptr x);

private:
  using promise = caf::typed_response_promise<request_outcome>;

  void tick();
  void mend();
  bool sync();
  void make_room();
  void tell_synced();
  void sync_for_flush();
  void note_stall();
  void log_stall();
  void note_failure();
  promise append(record_kind kind, std::string_view payload);
  metrics stats() const;

  journal_keeper_actor::pointer self_;
  keeper_settings settings_;
  journal_ptr journal_;
  std::vector<cache_shard_actor> shards_;

  /// What the shards know.
  position told_ = 0;

  /// Somebody waits for rows that are not synced.
  bool flush_asked_ = false;

  /// Segments are to be rewritten: a sync failed before this actor began.
  bool mending_ = false;
  std::chrono::milliseconds until_mend_{0};

  stall_reason noted_ = stall_reason::none;

  /// What went wrong when a segment was last made; empty: nothing.
  std::string failure_;

  /// By reason.
  std::array<uint64_t, stall_reasons> stalls_{};

  // A journal that is full by turns must not fill the log: so many lines until
  // that time (nanoseconds), and what was not said.
  int64_t log_until_ = 0;
  unsigned lines_ = 0;
  uint64_t unlogged_ = 0;
  request_book requests_;
  std::unordered_map<uint64_t, promise> askers_;
  sync_times sync_times_;
};

/// Syncs the journal, at intervals and when a flush is asked for, makes room in
/// it, appends requests, and tells `subscribe`d shards what is synced.
///
/// Spawned by: SUPERVISOR, detached, once per flow; the journal outlives it.
/// Sends to: the shards, `synced`.
/// Blocks: on syncs, and while it makes or deletes files.
/// Stops: on EXIT. Quits when a sync fails, so that the flow restarts: nothing
/// is appended meanwhile. The next one begins by rewriting the segments that
/// were not synced, from memory, to other blocks; then messages are taken
/// again.
journal_keeper_actor::behavior_type journal_keeper(
  journal_keeper_actor::stateful_pointer<journal_keeper_state> self,
  keeper_settings settings, journal_ptr x);

} // namespace rrdflow
