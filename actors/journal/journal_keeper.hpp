#pragma once

#include "actors/base/log_throttle.hpp"
#include "actors/journal/journal.hpp"
#include "config/config_ptr.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace rrdflow {

/// Requests that the flow works on. A request is one record of the journal or
/// several; the flow does each record in some shares.
class pending_requests {
public:
  using answer = std::function<void(caf::expected<request_outcome>)>;

  /// Failures that an outcome names; of more only their number is said.
  static constexpr size_t max_failures = 100;

  /// From now on shares of these records are expected.
  void add(const std::vector<uint64_t>& records, answer f);

  /// Takes in one of `shares` shares of a record. Answers the request with the
  /// sum of all when it was the last. Shares of unknown records (replayed ones)
  /// are ignored.
  void done(uint64_t record, uint32_t shares, request_outcome outcome);

  /// Answers all requests with an error.
  void refuse(const caf::error& why);

  /// Records whose shares are not all in.
  size_t size() const noexcept {
    return xs_.size();
  }

private:
  struct request {
    size_t records;
    answer f;
    request_outcome sum;

    /// Failures beyond `max_failures`.
    uint64_t unnamed = 0;
  };

  struct record {
    std::shared_ptr<request> of;
    uint32_t shares = 0;
  };

  std::unordered_map<uint64_t, record> xs_;
};

/// Packs a retirement as payloads of at most `limit` bytes, each with a part of
/// the files; a payload of a single file may be larger.
std::vector<std::string> pack_parts(const retire_request& x, size_t limit);

struct keeper_settings {
  /// Between two syncs: journal.sync. Room and stalls are looked after as
  /// often, with every sync policy.
  std::chrono::milliseconds interval{200};

  /// Between two attempts to rewrite segments after a failed sync.
  std::chrono::milliseconds repair_interval{1000};

  /// Runs in the actor's thread when a stall ended. Must not block. May be
  /// empty.
  std::function<void()> resumed;

  /// The store's folder, for the log.
  std::string store;
};

/// The interval of journal.sync.
keeper_settings make_keeper_settings(const config& x);

/// The JOURNAL_KEEPER. Syncs the journal, at intervals and when a flush is
/// asked for, makes room in it, appends requests, and tells `subscribe`d shards
/// what is synced.
///
/// Spawned by: SUPERVISOR, detached, once per flow; the journal outlives it.
/// Sends to: the shards, `synced`.
/// Blocks: on syncs, and while it makes or deletes files.
/// Stops: on EXIT. Quits when a sync fails, so that the flow restarts: nothing
/// is appended meanwhile. The next one begins by rewriting the segments that
/// were not synced, from memory, to other blocks; then messages are taken
/// again.
class journal_keeper_state {
public:
  using handle = journal_keeper_actor;

  static inline const char* name = "journal-keeper";

  explicit journal_keeper_state(journal_keeper_actor::pointer self)
    : self_{self} {
    // nop
  }

  /// Refuses what the flow has not done: its asker may ask the next one.
  ~journal_keeper_state();

  journal_keeper_actor::behavior_type
  make_behavior(keeper_settings settings, journal_ptr x);

private:
  using promise = caf::typed_response_promise<request_outcome>;

  void tick();
  void repair();
  bool sync();
  void make_room();
  void announce_synced();
  void sync_for_flush();
  void note_stall();
  void log_stall();
  void note_failure();
  promise append(record_kind kind, const std::vector<std::string>& payloads);

  journal_keeper_actor::pointer self_;
  keeper_settings settings_;
  journal_ptr journal_;
  std::vector<cache_shard_actor> shards_;

  /// What the shards know to be synced.
  position announced_ = 0;

  /// A flush waits for rows that are not synced.
  bool flush_asked_ = false;

  /// Segments are to be rewritten: a sync failed before this actor began.
  bool repairing_ = false;
  std::chrono::milliseconds until_repair_{0};

  stall_reason noted_ = stall_reason::none;

  /// What went wrong when a segment was last made; empty: nothing.
  std::string failure_;

  /// A journal that is full by turns must not fill the log.
  log_throttle stall_lines_{std::chrono::minutes{1}, 10};

  /// Changes of the stall that no line has named.
  uint64_t unlogged_ = 0;

  pending_requests requests_;
};

} // namespace rrdflow
