#pragma once

#include "actors/decode/decoder_engine.hpp"
#include "actors/decode/decoder_peers.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <memory>
#include <vector>

namespace rrdflow {

/// The state of a DECODER.
class decoder_state {
public:
  static inline const char* name = "decoder";

  explicit decoder_state(decoder_actor::pointer self) : self_{self} {
    // nop
  }

  ~decoder_state();

  decoder_actor::behavior_type
  make_behavior(decoder_settings settings, std::shared_ptr<journal_feed> feed,
                decoder_peers peers, decoder_start start);

private:
  using ready_promise = caf::typed_response_promise<caf::ok_atom>;

  /// Has `work` done soon.
  void schedule();

  /// The journal is no longer drained.
  void more();

  /// Somebody answered.
  void answered();

  /// Decodes for some milliseconds at most.
  void work();

  /// The journal was drained: those who wait for it go on to the shards.
  void drained();

  void ask_shards(std::vector<ready_promise> askers);
  uint64_t mark(uint64_t marker, const caf::strong_actor_ptr& asker);
  void log_dead();
  void log_failed_look();

  decoder_actor::pointer self_;
  std::shared_ptr<journal_feed> feed_;
  std::shared_ptr<const std::atomic<bool>> hold_;
  std::unique_ptr<decoder_mailer> mailer_;
  std::unique_ptr<decoder_engine> engine_;
  std::chrono::milliseconds linger_{0};
  bool scheduled_ = false;

  /// The engine waits for an answer.
  bool waiting_ = false;

  /// When the journal was drained last.
  caf::actor_clock::time_point drained_at_{};
  std::vector<ready_promise> catching_up_;
  uint64_t dead_logged_ = 0;
  caf::actor_clock::time_point next_log_{};
  caf::error failed_look_;
};

/// Reads the journal and turns it into one ordered stream for each shard.
///
/// Spawned by: SUPERVISOR, detached (it reads a mapped file).
/// Sends to: the shards, at most `settings.credit` samples unanswered for each;
/// CATALOG, one request at a time; JOURNAL_KEEPER; a part of the snapshot to
/// whoever asks for a marker.
/// Blocks: on page faults of the journal only.
/// Stops: on EXIT. Quits with the error if the start's memory is damaged, or if
/// CATALOG or a shard answers with one; the SUPERVISOR then restarts the flow.
decoder_actor::behavior_type
decoder(decoder_actor::stateful_pointer<decoder_state> self,
        decoder_settings settings, std::shared_ptr<journal_feed> feed,
        decoder_peers peers, decoder_start start);

} // namespace rrdflow
