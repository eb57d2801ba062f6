// What decoding costs: time and allocations for each message whose topic is
// known. The journal is in memory, and the samples go nowhere.

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "bench/decode_stage.hpp"

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
using namespace rrdflow::bench;

namespace {

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
  start.rules.text = decode_rules;
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
