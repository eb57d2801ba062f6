// Work to be counted by callgrind, which gives the same figure each time:
//
//   instructions number|json|sample|row COUNT
//
// number and json decode COUNT messages, sample applies COUNT readings to rows
// that are there, row closes COUNT rows (sealed, handed over, confirmed).
// Whatever comes before does not depend on COUNT.

// clang-format off
// First: later it would shadow names of the cache.
#include "config/config.hpp"
// clang-format on

#include "actors/cache/shard_engine.hpp"

#include <cstdio>
#include <cstring>
#include <limits>

#include "bench/decode_stage.hpp"

using namespace rrdflow;
using namespace rrdflow::bench;

namespace {

constexpr size_t topics = 1000;
constexpr int64_t begin = 1'700'006'400;

int decode(const std::string& payload, uint64_t count) {
  auto feed = std::make_shared<endless_feed>(topics, payload);
  sink out;
  decoder_settings settings;
  settings.shards = 2;
  decoder_engine uut{settings, feed, out};
  decoder_start start;
  start.rules.text = decode_rules;
  if (uut.start(start))
    return 1;
  feed->end = topics;
  drain(uut, out);
  auto before = out.samples;
  feed->end += count;
  drain(uut, out);
  return out.samples >= before + count ? 0 : 1;
}

definition_ptr make_definition() {
  auto result = std::make_shared<file_definition>();
  source_definition source;
  source.heartbeat = 20;
  result->sources.push_back(source);
  result->archives.push_back({consolidation::average, 0.5, 1, 1000});
  return result;
}

class one_shard {
public:
  one_shard()
    : names_{std::make_shared<file_names>()}, uut_{make_settings(), names_} {
    uut_.name_rules({"bench"});
    auto definition = make_definition();
    for (size_t i = 0; i < topics; ++i) {
      auto id = names_->add("file-" + std::to_string(i));
      uut_.open({id, definition, 0});
    }
    uut_.synced(std::numeric_limits<position>::max());
  }

  /// Readings, each file's in turn, at a second.
  void put(uint64_t count, int64_t second) {
    sample_batch batch;
    for (uint64_t i = 0; i < count; ++i) {
      batch.samples.push_back({static_cast<file_id>(i * 7 % topics), 0, 0,
                               second * 1'000'000'000 + ++reading_,
                               value_bits::of(static_cast<double>(i))});
      if (batch.samples.size() == 4096 || i + 1 == count) {
        batch.upto = ++position_;
        uut_.put(batch);
        batch.samples.clear();
      }
    }
  }

  shard_engine& engine() noexcept {
    return uut_;
  }

private:
  static cache_settings make_settings() {
    cache_settings result;
    result.flush_after = std::chrono::seconds{0};
    result.flush_jitter = std::chrono::seconds{0};
    return result;
  }

  std::shared_ptr<file_names> names_;
  position position_ = 0;
  int64_t reading_ = 0;
  shard_engine uut_;
};

int samples(uint64_t count) {
  one_shard x;
  x.put(topics, begin + 1);
  x.put(count, begin + 2);
  return 0;
}

int rows(uint64_t count) {
  one_shard x;
  uint64_t closed = 0;
  for (auto second = begin; closed < count; second += 10) {
    x.put(topics, second + 1);
    x.engine().advance_watermark(second + 10, static_cast<position>(second));
    for (auto jobs = x.engine().take_jobs(false); !jobs.empty();
         jobs = x.engine().take_jobs(false)) {
      std::vector<write_outcome> outcomes;
      for (auto& job : jobs) {
        write_outcome y;
        y.file = job.file;
        y.written = static_cast<uint32_t>(job.rows.times.size());
        y.last_update = job.rows.times.back() * 1000;
        closed += y.written;
        outcomes.push_back(std::move(y));
      }
      x.engine().finish(outcomes, {});
    }
    if (closed == 0 && second > begin + 100)
      return 1;
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3)
    return 64;
  auto count = std::strtoull(argv[2], nullptr, 10);
  auto is = [&](const char* x) { return std::strcmp(argv[1], x) == 0; };
  if (is("number"))
    return decode("21.5", count);
  if (is("json"))
    return decode(
      R"({"battery":100,"linkquality":136,"temperature":25.5,"humidity":40.1})",
      count);
  if (is("sample"))
    return samples(count);
  if (is("row"))
    return rows(count);
  return 64;
}
