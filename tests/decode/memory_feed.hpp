#pragma once

#include "messages/journal_feed.hpp"
#include "messages/request.hpp"

#include <deque>
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

  size_t foresee(std::string_view* xs, size_t n) override {
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

  /// What it foresees is wrong: some topics are left out, some are others.
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

} // namespace rrdflow::test
