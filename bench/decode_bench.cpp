// What decoding costs: time and allocations for each message whose topic is
// known. The journal is in memory, and nobody takes the samples.

#include "actors/decode/decoder_engine.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace {

std::atomic<size_t> allocations{0};

} // namespace

[[gnu::noinline]] void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (auto* result = std::malloc(size))
    return result;
  throw std::bad_alloc{};
}

[[gnu::noinline]] void operator delete(void* x) noexcept {
  std::free(x);
}

[[gnu::noinline]] void operator delete(void* x, size_t) noexcept {
  std::free(x);
}

using namespace rrdflow;

namespace {

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

constexpr auto rules = R"(
[[rule]]
name = "plant"
topics = ["plant/#"]
series = "{topic}/{path}"
step = "10s"
)";

/// Decodes until the feed is drained.
void drain(decoder_engine& uut, sink& out) {
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

void decode(benchmark::State& state, const std::string& payload) {
  constexpr uint64_t messages = 100000;
  auto topics = static_cast<size_t>(state.range(0));
  auto feed = std::make_shared<endless_feed>(topics, payload);
  sink out;
  out.credits.reserve(100000);
  decoder_settings settings;
  settings.shards = 2;
  decoder_engine uut{settings, feed, out};
  decoder_start start;
  start.rules.text = rules;
  if (uut.start(start))
    std::abort();
  feed->end = topics;
  drain(uut, out);
  uint64_t allocated = 0;
  auto samples = out.samples;
  for (auto _ : state) {
    feed->end += messages;
    auto before = allocations.load();
    auto batches = out.batches;
    drain(uut, out);
    allocated += allocations.load() - before - (out.batches - batches);
  }
  auto total = static_cast<double>(messages * state.iterations());
  state.SetItemsProcessed(static_cast<int64_t>(total));
  state.counters["samples_per_message"]
    = static_cast<double>(out.samples - samples) / total;
  state.counters["allocations_per_message"]
    = static_cast<double>(allocated) / total;
}

void number(benchmark::State& state) {
  decode(state, "21.5");
}

void json(benchmark::State& state) {
  decode(
    state,
    R"({"battery":100,"linkquality":136,"temperature":25.5,"humidity":40.1})");
}

BENCHMARK(number)->Arg(1000)->Arg(100000)->Arg(1000000);
BENCHMARK(json)->Arg(1000)->Arg(100000);

} // namespace

BENCHMARK_MAIN();
