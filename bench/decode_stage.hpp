#pragma once

#include "actors/decode/decoder_engine.hpp"

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow::bench {

/// The same messages again and again, one for each topic.
class endless_feed : public journal_feed {
public:
  endless_feed(size_t topics, std::string payload)
    : payload_{std::move(payload)} {
    for (size_t i = 0; i < topics; ++i)
      topics_.push_back("plant/hall-" + std::to_string(i % 100) + "/sensor-"
                        + std::to_string(i) + "/temperature");
  }

  void seek(position at, uint64_t sequence) override {
    at_ = at;
    sequence_ = sequence;
  }

  feed_status next(journal_record& x) override {
    if (sequence_ == end)
      return feed_status::drained;
    // Neighbours in time are no neighbours in memory.
    x.topic = topics_[(at_ * 7919) % topics_.size()];
    x.payload = payload_;
    x.arrival = 1700000000000000000;
    x.begin = at_;
    x.end = ++at_;
    x.sequence = ++sequence_;
    return feed_status::record;
  }

  journal_gap gap() const override {
    return {};
  }

  position at() const override {
    return at_;
  }

  std::optional<int64_t> pass_second() override {
    return std::nullopt;
  }

  void wake_with(std::function<void()>) override {
    // nop
  }

  /// Drained behind this message.
  uint64_t end = 0;

private:
  std::vector<std::string> topics_;
  std::string payload_;
  position at_ = 0;
  uint64_t sequence_ = 0;
};

/// Gives every series a file, and credit at once.
class sink : public decoder_output {
public:
  void open(uint32_t, std::vector<file_binding>) override {
    // nop
  }

  void put(uint32_t shard, sample_batch x) override {
    samples += x.samples.size();
    ++batches;
    credits.emplace_back(shard, x.samples.size());
  }

  void retire(uint32_t, std::vector<file_id>, int64_t) override {
    // nop
  }

  void release(uint32_t, std::vector<file_id>, bool) override {
    // nop
  }

  void second(int64_t, position) override {
    // nop
  }

  void name_rules(const std::vector<std::string>&) override {
    // nop
  }

  void due_after(int64_t) override {
    // nop
  }

  void flush(uint64_t, const std::vector<file_id>&) override {
    // nop
  }

  void resolve(std::vector<new_series> xs) override {
    for (auto& x : xs) {
      resolution y;
      y.file = files++;
      y.shard = y.file % 2;
      y.definition = x.definition;
      answers.push_back(std::move(y));
    }
  }

  void find_series(const std::string&) override {
    // nop
  }

  void find_matches(const std::string&) override {
    // nop
  }

  void free_names(std::vector<file_id>) override {
    // nop
  }

  void retired(std::vector<file_id>) override {
    // nop
  }

  void done(uint64_t, request_outcome) override {
    // nop
  }

  uint64_t samples = 0;
  uint64_t batches = 0;
  file_id files = 0;
  std::vector<resolution> answers;
  std::vector<std::pair<uint32_t, uint64_t>> credits;
};

inline constexpr auto decode_rules = R"([[rule]]
name = "plant"
topics = ["plant/#"]
series = "{topic}/{path}"
step = "10s"
)";

/// Decodes until the feed is drained.
inline void drain(decoder_engine& uut, sink& out) {
  while (uut.step(100000) != step_result::drained) {
    if (!out.answers.empty()) {
      if (uut.resolved(out.answers))
        std::abort();
      out.answers.clear();
    }
    for (auto [shard, n] : out.credits)
      uut.credit(shard, n);
    out.credits.clear();
  }
}

} // namespace rrdflow::bench
