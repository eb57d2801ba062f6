// What accepting costs: from a ready message to its rows in the cache, with the
// journal on disk. Each
// reading is of a new slot. One iteration is a round of all
// topics.
//
//   accept_bench SERIES FIELDS ROUNDS [RULES-FILE]
//
// FIELDS is 0 for payloads of one number.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "bench/flow.hpp"

using namespace rrdflow;

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc < 4)
    return 64;
  auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  auto series = number(1);
  auto fields = number(2);
  auto rounds = static_cast<int64_t>(number(3));
  auto per_message = fields == 0 ? 1 : fields;
  bench::scratch folder;
  bench::network messages{series / per_message, fields};
  bench::flow_settings settings;
  settings.rules = bench::plain_rules;
  if (argc > 4) {
    std::ostringstream text;
    text << std::ifstream{argv[4]}.rdbuf();
    settings.rules = text.str();
  }
  auto before = bench::anonymous_bytes();
  bench::flow uut{folder.store(), settings};
  size_t round = 0;
  // The series become known.
  bench::play(uut, messages, round++);
  auto known = uut.stat("samples_merged_total");
  auto run = [&](benchmark::State& state) {
    for (auto _ : state)
      bench::play(uut, messages, round++);
    auto values = uut.stat("samples_merged_total") - known;
    state.SetItemsProcessed(static_cast<int64_t>(values));
    state.counters["values"] = values;
    state.counters["complete"]
      = values == static_cast<double>(series * state.iterations()) ? 1 : 0;
    state.counters["anonymous_bytes"]
      = static_cast<double>(bench::anonymous_bytes() - before);
  };
  benchmark::RegisterBenchmark("accept", run)->Iterations(rounds);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
