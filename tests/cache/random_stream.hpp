#pragma once

#include "tests/cache/shard_fixture.hpp"

#include <random>
#include <string>
#include <vector>

namespace rrdflow::test {

/// One message of the stream to a shard.
struct stream_step {
  enum { put, second, flush, open, due } kind = put;

  /// Seconds behind `epoch`, or after which files are due.
  int64_t time = 0;

  sample_batch batch;
  std::vector<file_id> files;
  file_binding binding;
};

/// A stream of samples for some files of all kinds: in and out of order, late,
/// with gaps, and with time that goes by in steps of one second.
class random_stream {
public:
  static constexpr file_id file_count = 8;

  explicit random_stream(unsigned seed) : random_{seed} {
    for (file_id i = 0; i < file_count; ++i)
      definitions_.push_back(any_definition());
    for (file_id i = 0; i < file_count; ++i)
      steps_.push_back(opening(i));
    while (now_ < 300) {
      stream_step x;
      if (below(10) == 0) {
        x.kind = stream_step::flush;
        if (below(2) == 0)
          x.files.push_back(below(file_count));
        steps_.push_back(x);
      } else if (below(40) == 0) {
        steps_.push_back(opening(below(file_count)));
      } else if (below(40) == 0) {
        x.kind = stream_step::due;
        x.time = below(60);
        steps_.push_back(x);
      } else {
        for (auto n = below(6); n > 0; --n)
          x.batch.samples.push_back(any_sample());
        x.batch.upto = ++journal_;
        steps_.push_back(x);
      }
      for (auto n = below(3) == 0 ? below(20) : below(3); n > 0; --n) {
        x = {};
        x.kind = stream_step::second;
        x.time = ++now_;
        steps_.push_back(x);
      }
    }
    // All that waits goes out.
    stream_step x;
    x.kind = stream_step::second;
    x.time = now_ + 1000;
    steps_.push_back(x);
  }

  const std::vector<stream_step>& steps() const {
    return steps_;
  }

  static std::string name_of(file_id i) {
    return "dir/file" + std::to_string(i);
  }

private:
  unsigned below(unsigned n) {
    return static_cast<unsigned>(random_() % n);
  }

  definition_ptr any_definition() {
    auto step = int64_t{1} << below(4);
    std::vector<source_definition> sources(1 + (below(2) == 0 ? below(4) : 0));
    auto only_rates = below(4) == 0;
    for (auto& x : sources) {
      x = only_rates || below(3) == 0
            ? other(static_cast<source_type>(1 + below(5)), 0)
            : gauge_source(static_cast<gap_fill>(below(3)), 0,
                           static_cast<slot_sample>(below(6)));
      x.heartbeat = step * (1 + below(6));
    }
    if (sources.size() == 1 && below(2) == 0)
      sources[0].heartbeat_max = step * (2 + below(40));
    return define(step, sources, below(2) == 0 ? 0 : below(10));
  }

  stream_step opening(file_id i) {
    stream_step x;
    x.kind = stream_step::open;
    x.binding = {i, definitions_[i], i % 3 == 0 ? epoch - 7 : 0};
    return x;
  }

  sample any_sample() {
    sample x;
    x.file = below(file_count);
    auto& sources = definitions_[x.file]->sources;
    x.source_bits
      = static_cast<uint16_t>(below(static_cast<unsigned>(sources.size())));
    if (below(12) == 0)
      x.source_bits |= sample::unknown_bit;
    x.rule = static_cast<rule_id>(below(2));
    auto back = below(3) == 0 ? below(30'000) : below(1'500);
    x.time = ((epoch + now_) * 1000 - static_cast<int64_t>(back)) * 1'000'000;
    auto value = below(1000);
    x.value = is_integer(sources[x.source()].type)
                ? value_bits::of(uint64_t{value})
                : value_bits::of(value / 8.0);
    return x;
  }

  std::mt19937 random_;
  std::vector<definition_ptr> definitions_;
  std::vector<stream_step> steps_;
  int64_t now_ = 0;
  position journal_ = 0;
};

/// A shard that takes random streams.
struct stream_shard : shard {
  explicit stream_shard(cache_settings settings)
    : shard{settings}, due{settings.flush_after} {
    for (file_id i = 0; i < random_stream::file_count; ++i)
      names->add(random_stream::name_of(i));
    engine.name_rules({"plant", "roof"});
  }

  void take(const stream_step& x) {
    ++journal;
    if (x.kind == stream_step::open)
      engine.open(x.binding);
    else if (x.kind == stream_step::put)
      engine.put(x.batch);
    else if (x.kind == stream_step::flush)
      engine.flush(x.files);
    else if (x.kind == stream_step::due)
      engine.due_after(due = std::chrono::seconds{x.time});
    else
      engine.advance_watermark(epoch + x.time, journal);
  }

  /// What the DECODER, which remembers the rules, tells first.
  std::chrono::seconds due;
};

inline bool operator==(const files_on_disk& x, const files_on_disk& y) {
  auto same = [](auto& a, auto& b) {
    return a.first == b.first && a.second == b.second;
  };
  return std::equal(x.begin(), x.end(), y.begin(), y.end(), same);
}

} // namespace rrdflow::test
