#pragma once

#include "actors/decode/decoder_output.hpp"
#include "messages/cache_values.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace rrdflow {

/// Collects the samples for each shard into batches and keeps account of the
/// credit. Whatever else goes to a shard must be preceded by `flush`.
class sample_streams {
public:
  /// @param credit How many samples may be unanswered for each shard.
  sample_streams(uint32_t shards, uint64_t credit, size_t batch,
                 decoder_output& output)
    : credit_{credit}, batch_{batch}, output_{output}, streams_(shards) {
    // nop
  }

  uint32_t shards() const noexcept {
    return static_cast<uint32_t>(streams_.size());
  }

  /// The streams begin at this position.
  void begin(position at) noexcept {
    for (auto& x : streams_)
      x.answered = at;
  }

  /// Whether there is credit for `n` samples whatever their shards; often known
  /// without a look at each.
  bool has_credit_for(size_t n) noexcept {
    if (n > spare_) {
      uint64_t most = 0;
      for (auto& x : streams_)
        most = std::max(most, x.outstanding + x.batch.size());
      spare_ = credit_ - std::min(most, credit_);
      if (n > spare_)
        return false;
    }
    spare_ -= n;
    return true;
  }

  /// Notes that the next record has another sample for the shard.
  void need(uint32_t shard) noexcept {
    ++streams_[shard].needed;
  }

  /// Whether there is credit for all that was needed; forgets these needs. A
  /// shard that owes nothing may take any record.
  bool has_credit() noexcept {
    auto result = true;
    spare_ = 0;
    for (auto& x : streams_) {
      auto out = x.outstanding + x.batch.size();
      result &= x.needed == 0 || out == 0 || out + x.needed <= credit_;
      x.needed = 0;
    }
    return result;
  }

  void add(uint32_t shard, const sample& x) {
    auto& batch = streams_[shard].batch;
    if (batch.empty() && batch.capacity() == 0)
      batch.reserve(std::min(batch_, streams_[shard].last_size * 2 + 16));
    batch.push_back(x);
    full_ = full_ || batch.size() >= batch_;
  }

  /// Sends off batches that are full. The journal stands at `at`.
  void flush_full(position at) {
    if (!std::exchange(full_, false))
      return;
    for (uint32_t i = 0; i < shards(); ++i)
      if (streams_[i].batch.size() >= batch_)
        send(i, at);
  }

  /// Sends off all batches. The journal stands at `at`.
  void flush(position at) {
    for (uint32_t i = 0; i < shards(); ++i)
      if (!streams_[i].batch.empty())
        send(i, at);
  }

  /// Sends off all batches and, behind them, an empty one to every shard: its
  /// answer says that all before is done.
  void barrier(position at) {
    flush(at);
    for (uint32_t i = 0; i < shards(); ++i)
      send(i, at);
  }

  /// A shard answered for so many samples.
  void give(uint32_t shard, uint64_t n) {
    auto& x = streams_[shard];
    x.outstanding -= std::min(n, x.outstanding);
    if (!x.sent.empty()) {
      x.answered = x.sent.front();
      x.sent.pop_front();
    }
  }

  /// Whether every batch was answered.
  bool quiet() const noexcept {
    return std::all_of(streams_.begin(), streams_.end(), [](auto& x) {
      return x.sent.empty() && x.batch.empty();
    });
  }

  /// The shards are done with all that comes before. `at` is where the journal
  /// stands.
  position answered(position at) const noexcept {
    for (auto& x : streams_)
      if (!x.sent.empty())
        at = std::min(at, x.answered);
    return at;
  }

private:
  struct stream {
    std::vector<sample> batch;
    size_t last_size = 0;
    uint64_t outstanding = 0;
    uint64_t needed = 0;

    /// Where the journal stood when the unanswered batches were sent, and the
    /// last answered one.
    std::deque<position> sent;
    position answered = 0;
  };

  void send(uint32_t shard, position at) {
    auto& x = streams_[shard];
    x.last_size = x.batch.size();
    x.outstanding += x.batch.size();
    x.sent.push_back(at);
    sample_batch batch{std::move(x.batch), at};
    x.batch = {};
    output_.put(shard, std::move(batch));
  }

  uint64_t credit_;

  /// So many samples may be added with no shard coming to the end of its
  /// credit.
  uint64_t spare_ = 0;
  size_t batch_;

  /// A batch is full.
  bool full_ = false;
  decoder_output& output_;
  std::vector<stream> streams_;
};

} // namespace rrdflow
