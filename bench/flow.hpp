#pragma once

#include "actors/cache/shard_engine.hpp"
#include "actors/catalog/catalog_engine.hpp"
#include "actors/decode/decoder_engine.hpp"
#include "actors/journal/journal.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow::bench {

/// Seconds: when the clock of every measurement begins. A multiple of all
/// steps used.
constexpr int64_t begin_time = 1'700'006'400;

/// A folder below TMPDIR (default /tmp), removed at the end.
class scratch {
public:
  scratch();
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch();

  /// @returns the store, with the folders that a start makes.
  const std::string& store() const noexcept {
    return store_;
  }

private:
  std::string store_;
};

/// Ends the process if there is an error.
void require(const caf::error& x);

template <class T>
T require(caf::expected<T> x) {
  if (!x)
    require(x.error());
  return std::move(*x);
}

struct flow_settings {
  /// Rules, as in a configuration file.
  std::string rules;

  /// False: no catalog on disk; files are numbered in the order they come.
  bool catalog = true;

  uint64_t segment_size = 64ull << 20;
};

/// The way of a message through the program, in one thread and without actors:
/// the journal on disk (mapped, kill-safe), the decoder, the catalog on disk
/// and one shard. Time is the measurement's.
class flow : private decoder_output {
public:
  flow(const std::string& store, flow_settings settings);

  /// Appends to the journal as the client's callback does.
  void take(std::string_view topic, std::string_view payload);

  /// Decodes and caches all that the journal has.
  void drain();

  /// Lets the clock go on to `t`, in seconds since the epoch.
  void time(int64_t t) noexcept {
    now_ = t * 1'000'000'000;
  }

  shard_engine& shard() noexcept {
    return *shard_;
  }

  decoder_engine& decoder() noexcept {
    return *decoder_;
  }

  const std::shared_ptr<file_names>& names() const noexcept {
    return names_;
  }

  /// A metric of the shard.
  double stat(const std::string& name) const;

private:
  void open(uint32_t, std::vector<file_binding> xs) override;
  void put(uint32_t, sample_batch x) override;
  void retire(uint32_t, std::vector<file_id>, int64_t) override {
    // nop
  }
  void release(uint32_t, std::vector<file_id>, bool) override {
    // nop
  }
  void second(int64_t t, position at) override {
    shard_->advance_watermark(t, at);
  }
  void name_rules(const std::vector<std::string>& names) override {
    shard_->name_rules(names);
  }
  void due_after(int64_t) override {
    // nop
  }
  void flush(uint64_t, const std::vector<file_id>&) override {
    // nop
  }
  void resolve(std::vector<new_series> xs) override {
    asked_ = std::move(xs);
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

  /// Answers for the series that were asked for.
  void answer();

  int64_t now_ = begin_time * 1'000'000'000;
  std::shared_ptr<journal> journal_;
  std::unique_ptr<catalog_engine> catalog_;
  std::shared_ptr<file_names> names_;
  metric_registry metrics_;
  std::unique_ptr<shard_engine> shard_;
  std::unique_ptr<decoder_engine> decoder_;
  std::vector<new_series> asked_;
  uint64_t credit_ = 0;
  uint64_t taken_ = 0;
};

/// Messages of a sensor network, ready to be taken: in each round every topic
/// has one. The bytes of topics lie in the order of the messages, as in a
/// socket's buffer, which is not the order in which the topics came first.
class network {
public:
  /// @param fields 0: the payload is a number; else JSON of so many numbers
  network(size_t topics, size_t fields);

  size_t topics() const noexcept {
    return ends_.size();
  }

  std::string_view topic(size_t i) const noexcept {
    auto begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view{text_}.substr(begin, ends_[i] - begin);
  }

  /// The message of a round that comes before all others.
  size_t first(size_t i) const noexcept {
    return i * other_stride_ % ends_.size();
  }

  std::string_view payload(size_t i, size_t round) const noexcept {
    return payloads_[(i + round * 17) % payloads_.size()];
  }

private:
  std::string text_;
  std::vector<uint64_t> ends_;
  std::vector<std::string> payloads_;
  size_t other_stride_ = 104729;
};

/// Has the flow take a round of messages, 1024 between two drains.
void play(flow& x, const network& y, size_t round);

/// Gauges with the name of their topic and path, a step of 10 s.
extern const char* const plain_rules;

/// Bytes of the process in memory, mapped files left out.
uint64_t anonymous_bytes();

} // namespace rrdflow::bench
