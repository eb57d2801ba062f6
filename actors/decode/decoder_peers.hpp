#pragma once

#include "actors/decode/decoder_output.hpp"
#include "messages/interfaces.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <vector>

namespace rrdflow {

class decoder_engine;

/// Whom a DECODER sends to.
struct decoder_peers {
  catalog_actor catalog;
  std::vector<cache_shard_actor> shards;
  journal_keeper_actor keeper;
};

/// Turns what a `decoder_engine` puts out into messages, and the answers into
/// calls of the engine. An answer that is an error ends the actor.
class decoder_mailer : public decoder_output {
public:
  /// @param work Called after each answer: the engine may go on.
  decoder_mailer(decoder_actor::pointer self, decoder_peers peers,
                 std::function<void()> work);

  /// To be called before the engine is used.
  void connect(decoder_engine& engine) noexcept {
    engine_ = &engine;
  }

  const decoder_peers& peers() const noexcept {
    return peers_;
  }

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
  void find_series(const std::string& name) override;
  void find_matches(const std::string& glob) override;
  void free_names(std::vector<file_id> files) override;
  void retired(std::vector<file_id> files) override;
  void done(uint64_t request, request_outcome x) override;

private:
  /// Ends the actor.
  void fail_with(caf::error& x);

  void log_refused(const std::vector<resolution>& xs);

  decoder_actor::pointer self_;
  decoder_peers peers_;
  std::function<void()> work_;
  decoder_engine* engine_ = nullptr;
  uint64_t refused_ = 0;
  caf::actor_clock::time_point next_log_{};
};

} // namespace rrdflow
