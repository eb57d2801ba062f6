#pragma once

#include "actors/decode/decoder_output.hpp"
#include "tests/decode/memory_feed.hpp"

#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace rrdflow::test {

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
                    y.source, y.rule, static_cast<long long>(y.time - n0),
                    y.value.as_double());
      note(shard, text);
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

  /// What the CATALOG would say: a file for each new name. Series whose name
  /// begins with "no/" are refused.
  std::vector<resolution> resolve_now(const std::vector<new_series>& xs) {
    std::vector<resolution> result;
    for (auto& x : xs) {
      resolution y;
      if (x.name.rfind("no/", 0) == 0) {
        y.refused = refusal::limit;
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

} // namespace rrdflow::test
