#pragma once

#include "actors/base/store_lock.hpp"
#include "actors/journal/journal.hpp"
#include "tests/temporary_folder.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace rrdflow::test {

/// A journal in a folder of its own, with clocks and system calls that the test
/// sets.
struct journal_bench {
  static constexpr int64_t second = 1'000'000'000;

  journal_bench() {
    store_lock::acquire(folder.path());
    options.directory = folder.path();
    options.segment_size = 4096;
    options.disk_reserve = 0;
    options.random = 0x1234567890abcdef;
    options.metrics = &registry;
    options.clock
      = {[this] { return wall.load(); }, [this] { return boot.load(); }};
    options.files.sync = [this](int fd) {
      ++syncs;
      if (fail_syncs) {
        errno = EIO;
        return -1;
      }
      return ::fdatasync(fd);
    };
    options.files.available
      = [this](const std::string&) { return available.load(); };
  }

  /// Opens the journal, as after a start.
  void open() {
    uut = nullptr;
    auto result = journal::open(options);
    if (!result)
      throw std::runtime_error{explain(result.error())};
    uut = std::move(*result);
  }

  append_result put(const std::string& to, const std::string& payload) {
    record_content x;
    x.topic = to;
    x.payload = payload;
    return uut->writer().append(x);
  }

  /// Appends messages until there are `n`, each with its number in it.
  void fill(uint64_t n) {
    while (uut->last_sequence() < n) {
      auto i = uut->last_sequence() + 1;
      put(topic_of(i), text_of(i));
    }
  }

  std::string topic_of(uint64_t sequence) const {
    return topics + "/" + std::to_string(sequence % 7);
  }

  /// The payload that `fill` gives to a message.
  std::string text_of(uint64_t sequence) const {
    return "value " + std::to_string(sequence)
           + std::string(sequence * 5 % longest, '.');
  }

  /// What a reader finds.
  struct found {
    std::vector<uint64_t> sequences;
    std::vector<position> begins;
    std::vector<position> ends;
    std::vector<journal_gap> gaps;
    uint64_t missing = 0;
    caf::error failure;

    /// Records whose content is not what `fill` put into them.
    uint64_t wrong = 0;
  };

  /// Reads until the journal is drained.
  found read(position from, uint64_t sequence) {
    uut->feed().seek(from, sequence);
    return go_on();
  }

  found read() {
    return read(uut->begin(), uut->sequence_before());
  }

  found go_on() {
    found result;
    journal_record x;
    for (;;) {
      switch (uut->feed().next(x)) {
        case feed_status::drained:
          return result;
        case feed_status::failed:
          result.failure = uut->feed().failure();
          return result;
        case feed_status::gap:
          result.gaps.push_back(uut->feed().gap());
          result.missing += uut->feed().gap().messages;
          break;
        case feed_status::record:
          result.sequences.push_back(x.sequence);
          result.begins.push_back(x.begin);
          result.ends.push_back(x.end);
          if (x.payload != text_of(x.sequence)
              || x.topic != topic_of(x.sequence))
            ++result.wrong;
      }
    }
  }

  /// The segments' paths in the order of their positions.
  std::vector<std::string> segments() const {
    std::vector<std::string> result;
    for (auto& x :
         std::filesystem::directory_iterator{folder.path() + "/journal"})
      result.push_back(x.path().string());
    std::sort(result.begin(), result.end());
    return result;
  }

  size_t quarantined() const {
    std::filesystem::directory_iterator i{folder.path() + "/quarantine"};
    return static_cast<size_t>(
      std::distance(i, std::filesystem::directory_iterator{}));
  }

  /// Bounds the payloads that `fill` makes.
  uint64_t longest = 23;

  /// What its topics begin with.
  std::string topics = "sensors";

  temporary_folder folder;
  metric_registry registry;
  journal_options options;
  std::atomic<int64_t> wall{1'700'000'000 * second};
  std::atomic<int64_t> boot{5000 * second};
  std::atomic<int> syncs{0};
  std::atomic<bool> fail_syncs{false};
  std::atomic<uint64_t> available{1ull << 40};
  std::shared_ptr<journal> uut;
};

} // namespace rrdflow::test
