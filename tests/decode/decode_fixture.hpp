#pragma once

#include "actors/decode/decoder_engine.hpp"
#include "config/load.hpp"
#include "tests/decode/memory_feed.hpp"
#include "tests/decode/recorder.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace rrdflow::test {

/// A configuration with these tables behind the fixed ones.
inline rrdflow::config config_of(const std::string& tables) {
  auto loaded = parse_config(tables, "test.toml");
  for (auto& x : loaded.errors) {
    std::fprintf(stderr, "%s\n", to_string(x).c_str());
    std::abort();
  }
  return loaded.value;
}

/// A rule for all topics, all fields and all values.
inline const std::string catch_all = R"(
[[rule]]
name = "all"
topics = ["#"]
step = "10s"
)";

/// A decoder with a journal in memory, whose questions are answered at once
/// unless a test wants it otherwise.
struct decoder_fixture {
  explicit decoder_fixture(uint32_t shards = 1) : out{shards} {
    settings.shards = shards;
  }

  /// Begins with these rules.
  void begin(const std::string& tables) {
    start.rules.text = tables;
    begin();
  }

  void begin() {
    feed->seek(start.at, 0);
    uut = std::make_unique<decoder_engine>(settings, feed, out);
    if (auto error = uut->start(start)) {
      std::fprintf(stderr, "%s\n", explain(error).c_str());
      std::abort();
    }
  }

  void answer() {
    while (!out.asked.empty()) {
      auto xs = out.resolve_now(out.asked.front());
      out.asked.pop_front();
      if (uut->resolved(xs))
        std::abort();
    }
    for (auto [shard, n] : out.puts)
      uut->credit(shard, n);
    out.puts.clear();
  }

  /// Decodes all that is there.
  void run(size_t slice = 1000) {
    for (auto i = 0; i < 1000000; ++i) {
      if (uut->step(slice) == step_result::drained)
        break;
      answer();
    }
    answer();
  }

  /// The value of a metric, 0 if there is none.
  double metric_of(const std::string& name, const std::string& label = {},
                   const std::string& more = {}) const {
    for (auto& x : uut->stats())
      if (x.name == name && x.label.second == label && x.more.second == more)
        return x.value;
    return 0;
  }

  std::shared_ptr<memory_feed> feed = std::make_shared<memory_feed>();
  recorder out;
  decoder_settings settings;
  decoder_start start;
  std::unique_ptr<decoder_engine> uut;
};

} // namespace rrdflow::test
