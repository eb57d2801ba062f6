#pragma once

#include "actors/base/log_throttle.hpp"
#include "actors/decode/decoder_engine.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace rrdflow {

/// Whom a DECODER sends to.
struct decoder_peers {
  catalog_actor catalog;
  std::vector<cache_shard_actor> shards;
  journal_keeper_actor keeper;
};

/// A DECODER. Reads the journal and turns it into one ordered stream for each
/// shard.
///
/// Spawned by: SUPERVISOR, detached (it reads a mapped file).
/// Sends to: the shards, at most `settings.credit` samples unanswered for each;
/// CATALOG, one request at a time; JOURNAL_KEEPER; a part of the snapshot to
/// the actor that asks for a marker.
/// Blocks: on page faults of the journal only.
/// Stops: on EXIT. Quits with the error if the start's memory is damaged, or if
/// CATALOG or a shard answers with one; the SUPERVISOR then restarts the flow.
class decoder_state : public decoder_output {
public:
  using handle = decoder_actor;

  static inline const char* name = "decoder";

  explicit decoder_state(decoder_actor::pointer self) : self_{self} {
    // nop
  }

  ~decoder_state() override;

  decoder_actor::behavior_type
  make_behavior(decoder_settings settings, std::shared_ptr<journal_feed> feed,
                decoder_peers peers, decoder_start start);

private:
  using ready_promise = caf::typed_response_promise<caf::ok_atom>;

  // -- decoder_output ---------------------------------------------------------

  void open(uint32_t shard, std::vector<file_binding> xs) override;
  void put(uint32_t shard, sample_batch x) override;
  void retire(uint32_t shard, std::vector<file_id> files,
              int64_t idle_since) override;
  void
  release(uint32_t shard, std::vector<file_id> files, bool remove) override;
  void second(int64_t t, position at) override;
  void name_rules(const std::vector<std::string>& names) override;
  void due_after(int64_t seconds) override;
  void flush(uint64_t request, const std::vector<file_id>& files) override;
  void resolve(std::vector<new_series> xs) override;
  void find_series(const std::string& series) override;
  void find_matches(const std::string& glob) override;
  void free_names(std::vector<file_id> files) override;
  void retired(std::vector<file_id> files) override;
  void done(uint64_t request, request_outcome x) override;

  /// Sends to every shard.
  template <class... Ts>
  void tell_shards(const Ts&... xs);

  /// Sends a request, has `f` give the answer to the engine, and goes on.
  template <class Answer, class Handle, class F, class... Ts>
  void ask(const Handle& hdl, F f, Ts&&... xs);

  // -- the loop ---------------------------------------------------------------

  /// Has `work` done soon.
  void schedule();

  /// The journal is no longer drained.
  void more();

  /// Decodes for some milliseconds at most.
  void work();

  /// The journal was drained: requests that wait for it go on to the shards.
  void drained();

  uint64_t mark(uint64_t marker, const caf::strong_actor_ptr& asker);
  void log_unstored();
  void log_failed_look();

  decoder_actor::pointer self_;
  decoder_peers peers_;
  std::shared_ptr<journal_feed> feed_;
  std::shared_ptr<const std::atomic<bool>> hold_;
  std::unique_ptr<decoder_engine> engine_;
  std::chrono::milliseconds linger_{0};
  bool scheduled_ = false;

  /// The engine waits for an answer.
  bool waiting_ = false;

  /// When the journal was drained last.
  caf::actor_clock::time_point drained_at_{};
  std::vector<ready_promise> catching_up_;

  // -- the log ----------------------------------------------------------------

  std::array<log_throttle, unstored_reason::count> lines_;
  caf::error failed_look_;
};

} // namespace rrdflow
