#pragma once

#include "actors/decode/decoder_engine.hpp"
#include "config/load.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace rrdflow::test {

/// 2023-11-14 22:13:20 UTC, in seconds and in nanoseconds.
constexpr int64_t t0 = 1700000000;
constexpr int64_t n0 = t0 * 1000000000;

/// The journal, in memory. Positions are multiples of 100.
class memory_feed : public journal_feed {
public:
  struct stored {
    journal_record record;
    std::string topic;
    std::string payload;
    std::vector<uint32_t> identifiers;

    /// Messages of a gap that stands here instead of a record.
    uint64_t gap = 0;
  };

  stored& append(record_kind kind, int64_t arrival, std::string topic,
                 std::string payload) {
    stored x;
    x.topic = std::move(topic);
    x.payload = std::move(payload);
    x.record.kind = kind;
    x.record.arrival = arrival;
    if (kind == record_kind::message)
      ++sequence;
    else
      x.record.request = ++requests;
    x.record.sequence = sequence;
    return place(std::move(x));
  }

  stored& message(int64_t arrival, std::string topic, std::string payload) {
    return append(record_kind::message, arrival, std::move(topic),
                  std::move(payload));
  }

  template <class Request>
  void request(record_kind kind, int64_t arrival, const Request& x) {
    append(kind, arrival, {}, pack(x));
  }

  void gap(uint64_t messages) {
    stored x;
    x.gap = messages;
    sequence += messages;
    place(std::move(x));
  }

  void seek(position at, uint64_t) override {
    next_ = static_cast<size_t>((at + 99) / 100);
  }

  feed_status next(journal_record& x) override {
    if (next_ == records.size())
      return feed_status::drained;
    auto& y = records[next_++];
    if (y.gap > 0)
      return feed_status::gap;
    x = y.record;
    x.topic = y.topic;
    x.payload = y.payload;
    x.identifiers = y.identifiers.data();
    x.identifier_count = y.identifiers.size();
    return feed_status::record;
  }

  size_t peek_topics(std::string_view* xs, size_t n) override {
    size_t result = 0;
    for (auto i = next_; i < records.size() && result < n; ++i) {
      auto& x = records[i];
      if (x.gap > 0)
        break;
      std::string_view topic{x.topic};
      if (topic.empty() || (lies && i % 3 == 0))
        continue;
      // As if the bytes changed before they are read.
      if (lies && i % 3 == 1)
        topic.remove_suffix(1);
      xs[result++] = topic;
    }
    return result;
  }

  journal_gap gap() const override {
    auto& x = records[next_ - 1];
    return {x.record.begin, x.record.end, x.gap};
  }

  position at() const override {
    return next_ * 100;
  }

  std::optional<int64_t> pass_second() override {
    if (next_ < records.size())
      return std::nullopt;
    return clock;
  }

  void wake_with(std::function<void()> f) override {
    wake = std::move(f);
  }

  std::deque<stored> records;
  uint64_t sequence = 0;
  uint64_t requests = 0;
  int64_t clock = t0;

  /// What it peeks is wrong: some topics are left out, some are others.
  bool lies = false;
  std::function<void()> wake;

private:
  stored& place(stored x) {
    x.record.begin = records.size() * 100;
    x.record.end = x.record.begin + 100;
    records.push_back(std::move(x));
    return records.back();
  }

  size_t next_ = 0;
};

/// Writes down what goes to each shard, as text, and keeps questions until the
/// test has them answered. Batches are split into their samples, so that their
/// sizes do not show.
class recorder : public decoder_output {
public:
  explicit recorder(uint32_t shards) : streams(shards) {
    // nop
  }

  void open(uint32_t shard, std::vector<file_binding> xs) override {
    for (auto& x : xs)
      note(shard, "open " + std::to_string(x.file));
  }

  void put(uint32_t shard, sample_batch x) override {
    for (auto& y : x.samples) {
      char text[100];
      std::snprintf(text, sizeof(text), "put %u.%u r%u %lld %.17g", y.file,
                    y.source(), y.rule, static_cast<long long>(y.time - n0),
                    y.value.as_double());
      std::string line{text};
      if (y.is_unknown())
        line.replace(line.rfind(' ') + 1, std::string::npos, "U");
      note(shard, line);
    }
    samples.insert(samples.end(), x.samples.begin(), x.samples.end());
    puts.emplace_back(shard, x.samples.size());
  }

  void second(int64_t t, position at) override {
    note_all("second " + std::to_string(t - t0) + " at " + std::to_string(at));
  }

  void name_rules(const std::vector<std::string>& names) override {
    std::string text = "rules";
    for (auto& x : names)
      text += ' ' + x;
    note_all(text);
  }

  void due_after(int64_t seconds) override {
    due.push_back(seconds);
  }

  void flush(uint64_t request, const std::vector<file_id>& files) override {
    auto text = "flush " + std::to_string(request);
    for (auto x : files)
      text += ' ' + std::to_string(x);
    note_all(text);
  }

  void retire(uint32_t shard, std::vector<file_id> files, int64_t) override {
    for (auto x : files)
      note(shard, "retire " + std::to_string(x));
  }

  void release(uint32_t shard, std::vector<file_id> files, bool) override {
    for (auto x : files)
      note(shard, "release " + std::to_string(x));
    releases.push_back(shard);
  }

  void resolve(std::vector<new_series> xs) override {
    asked.push_back(std::move(xs));
    ++requests;
  }

  void find_series(const std::string& name) override {
    looked_up.push_back(name);
  }

  void find_matches(const std::string& glob) override {
    looked_up.push_back(glob);
  }

  void free_names(std::vector<file_id> files) override {
    freed = std::move(files);
  }

  void retired(std::vector<file_id> files) override {
    reaped = std::move(files);
  }

  void done(uint64_t request, request_outcome x) override {
    outcomes[request] = std::move(x);
  }

  /// What the CATALOG would say: a file for each new name, unless only known
  /// ones are wanted. Series whose name begins with "no/" are refused.
  std::vector<resolution> resolve_now(const std::vector<new_series>& xs) {
    std::vector<resolution> result;
    for (auto& x : xs) {
      resolution y;
      if (x.name.rfind("no/", 0) == 0) {
        y.refused = refusal::limit;
      } else if (x.known_only && known.count(x.file) == 0) {
        y.absent = true;
      } else {
        auto i = known.emplace(x.file, static_cast<file_id>(known.size()));
        y.file = i.first->second;
        y.source = x.source;
        y.shard = y.file % static_cast<uint32_t>(streams.size());
        y.definition = x.definition;
      }
      result.push_back(std::move(y));
    }
    return result;
  }

  std::vector<std::vector<std::string>> streams;
  std::vector<sample> samples;
  std::vector<std::pair<uint32_t, uint64_t>> puts;
  std::deque<std::vector<new_series>> asked;
  size_t requests = 0;
  std::map<std::string, file_id> known;
  std::vector<uint32_t> releases;
  std::vector<std::string> looked_up;
  std::vector<file_id> freed;
  std::vector<file_id> reaped;
  std::map<uint64_t, request_outcome> outcomes;
  std::vector<int64_t> due;

private:
  void note(uint32_t shard, std::string x) {
    streams[shard].push_back(std::move(x));
  }

  void note_all(const std::string& x) {
    for (auto& stream : streams)
      stream.push_back(x);
  }
};

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
    settings.registry = &registry;
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
    std::multiset<std::string> wanted;
    for (auto& x : {label, more})
      if (!x.empty())
        wanted.insert(x);
    for (auto& [labels, value] : registry.values(name)) {
      std::multiset<std::string> found;
      for (auto& x : labels)
        found.insert(x.second);
      if (found == wanted)
        return value;
    }
    return 0;
  }

  metric_registry registry;
  std::shared_ptr<memory_feed> feed = std::make_shared<memory_feed>();
  recorder out;
  decoder_settings settings;
  decoder_start start;
  std::unique_ptr<decoder_engine> uut;
};

} // namespace rrdflow::test
