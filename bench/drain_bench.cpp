// What writing costs: rows that wait in shards go into RRD files of the
// original's twelve archives. The files exist and are warm; each drain comes
// after a marker, hence every header goes into the undo log and is synced.
//
//   drain_bench FILES ROWS ROUNDS [THREADS] [no-undo]
//
// Each thread is a writer with its shard.

#include "actors/writer/librrd.hpp"
#include "actors/writer/write_engine.hpp"
#include "config/archive_syntax.hpp"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <thread>

#include "bench/flow.hpp"

using namespace rrdflow;

namespace {

constexpr int64_t step = 300;

definition_ptr make_definition() {
  auto result = std::make_shared<file_definition>();
  result->step = step;
  source_definition source;
  source.heartbeat = 2 * step;
  result->sources.push_back(source);
  result->archives = original_archives(0.5);
  return result;
}

/// A shard and its writer.
class lane {
public:
  lane(const std::string& store, uint32_t index, uint32_t files, bool undo)
    : names_{std::make_shared<file_names>()}, shard_{make_cache_settings(),
                                                     names_} {
    writer_settings settings;
    settings.store = store;
    settings.index = index;
    settings.creates_per_second = 0;
    settings.undo_log = undo;
    writer_ = bench::require(write_engine::make(settings, names_));
    shard_.name_rules({"bench"});
    auto definition = make_definition();
    for (uint32_t i = 0; i < files; ++i) {
      auto id
        = names_->add("plant/hall-" + std::to_string(i % 100) + "/lane-"
                      + std::to_string(index) + "-sensor-" + std::to_string(i));
      shard_.open({id, definition, 0});
    }
    shard_.synced(std::numeric_limits<position>::max());
  }

  /// Has a row for `slots` of every file wait, sealed.
  void fill(int64_t begin, int64_t rows) {
    for (auto slot = begin; slot < begin + rows; ++slot) {
      sample_batch batch;
      batch.upto = ++position_;
      for (file_id i = 0; i < names_->size(); ++i) {
        auto value = static_cast<double>((slot * 7 + i) % 1000) / 8;
        batch.samples.push_back(
          {i, 0, 0, slot * step * 1'000'000'000 - 1, value_bits::of(value)});
      }
      shard_.put(batch);
    }
    shard_.advance_watermark((begin + rows) * step, ++position_);
    shard_.flush({});
    writer_->marker(++marker_);
  }

  /// @returns the rows that were written
  uint64_t drain() {
    uint64_t result = 0;
    for (;;) {
      auto jobs = shard_.take_jobs(true);
      if (jobs.empty())
        return result;
      auto outcomes = bench::require(writer_->write(jobs));
      for (auto& x : outcomes)
        result += x.written;
      shard_.finish(outcomes, std::chrono::steady_clock::now());
      shard_.take_finished();
    }
  }

private:
  static cache_settings make_cache_settings() {
    cache_settings result;
    result.flush_after = std::chrono::hours{24 * 365};
    result.memory = uint64_t{1} << 40;
    return result;
  }

  std::shared_ptr<file_names> names_;
  shard_engine shard_;
  std::unique_ptr<write_engine> writer_;
  position position_ = 0;
  uint64_t marker_ = 0;
};

/// Bytes that this process gave to the disk.
double written_bytes() {
  std::ifstream in{"/proc/self/io"};
  std::string word;
  double result = 0;
  while (in >> word)
    if (word == "write_bytes:")
      in >> result;
  return result;
}

} // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc < 4)
    return 64;
  auto files = static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10));
  auto rows = std::strtoll(argv[2], nullptr, 10);
  auto rounds = std::strtoll(argv[3], nullptr, 10);
  auto threads
    = argc > 4 ? static_cast<uint32_t>(std::strtoul(argv[4], nullptr, 10)) : 1;
  auto undo = argc < 6 || std::strcmp(argv[5], "no-undo") != 0;
  librrd::initialise();
  bench::scratch folder;
  std::vector<std::unique_ptr<lane>> lanes;
  for (uint32_t i = 0; i < threads; ++i)
    lanes.push_back(
      std::make_unique<lane>(folder.store(), i, files / threads, undo));
  auto slot = bench::begin_time / step;
  auto fill = [&](int64_t n) {
    for (auto& x : lanes)
      x->fill(slot, n);
    slot += n;
  };
  auto drain = [&] {
    std::vector<std::thread> others;
    std::vector<uint64_t> written(lanes.size());
    for (size_t i = 1; i < lanes.size(); ++i)
      others.emplace_back([&, i] { written[i] = lanes[i]->drain(); });
    written[0] = lanes[0]->drain();
    for (auto& x : others)
      x.join();
    uint64_t result = 0;
    for (auto x : written)
      result += x;
    return result;
  };
  // Makes the files, and what is made at their first update.
  for (auto i = 0; i < 2; ++i) {
    fill(1);
    drain();
  }
  auto run = [&](benchmark::State& state) {
    uint64_t written = 0;
    double bytes = 0;
    for (auto _ : state) {
      state.PauseTiming();
      fill(rows);
      // Pages that are dirty already would cost nothing.
      ::sync();
      auto before = written_bytes();
      state.ResumeTiming();
      written += drain();
      state.PauseTiming();
      bytes += written_bytes() - before;
      state.ResumeTiming();
    }
    state.SetItemsProcessed(static_cast<int64_t>(written));
    state.counters["rows"] = static_cast<double>(written);
    state.counters["disk_bytes"] = bytes;
    auto wanted = int64_t{files / threads} * threads * rows
                  * static_cast<int64_t>(state.iterations());
    state.counters["complete"] = static_cast<int64_t>(written) == wanted;
  };
  benchmark::RegisterBenchmark("drain", run)
    ->Iterations(rounds)
    ->UseRealTime()
    ->MeasureProcessCPUTime();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
