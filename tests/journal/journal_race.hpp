#pragma once

// What the suite journal_race runs. Without CAF's test suite, so that it can be
// built with -fsanitize=thread on its own.

#include "actors/journal/journal.hpp"
#include "tests/journal/journal_bench.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>
#include <thread>

namespace rrdflow::test {

/// One thread appends messages, one appends requests and keeps the journal, and
/// this one reads, as fast as they can. Returns what went wrong.
inline std::string race(unsigned seed, uint64_t messages) {
  journal_bench bench;
  bench.options.segment_size = 1 << 16;
  bench.options.max_size = 8 << 16;
  bench.open();
  auto& uut = *bench.uut;
  auto& writer = uut.writer();
  std::mutex lock;
  std::condition_variable more;
  auto woken = false;
  std::atomic<bool> over{false};
  std::atomic<position> covered{0};
  auto& feed = uut.feed();
  feed.wake_with([&] {
    std::lock_guard guard{lock};
    woken = true;
    more.notify_one();
  });
  std::thread appends{[&] {
    std::minstd_rand random{seed};
    for (uint64_t i = 1; i <= messages;) {
      bench.wall += random() % 1000;
      auto size = random() % 200;
      record_content x;
      auto text = std::to_string(i) + std::string(size, 'x');
      x.topic = "a/b";
      x.payload = text;
      if (writer.append(x) == append_result::taken)
        ++i;
      else
        writer.wait_for_room(std::chrono::milliseconds{100});
      if (random() % 500 == 0)
        std::this_thread::yield();
    }
    over = true;
  }};
  std::thread keeps{[&] {
    for (uint64_t number = 1; !over; ++number) {
      writer.append_request(record_kind::flush, "x");
      writer.sync();
      writer.delete_covered(covered);
      writer.make_room();
      std::this_thread::yield();
    }
  }};
  std::string failure;
  uint64_t sequence = 0;
  int64_t time = 0;
  feed.seek(uut.begin(), 0);
  journal_record x;
  std::minstd_rand random{seed + 1};
  // Woken each time, or this never ends.
  while (sequence < messages && failure.empty()) {
    switch (feed.next(x)) {
      case feed_status::failed:
        failure = explain(feed.failure());
        break;
      case feed_status::gap:
        failure = "gap";
        break;
      case feed_status::record:
        if (x.arrival < time)
          failure = "time goes back";
        time = x.arrival;
        if (x.kind != record_kind::message)
          break;
        if (x.sequence != ++sequence)
          failure = "out of order";
        if (x.payload.substr(0, x.payload.find('x'))
            != std::to_string(sequence))
          failure = "wrong content";
        if (sequence % 100 == 0)
          covered = x.begin;
        // As after a restart of the flow.
        if (random() % 3000 == 0)
          feed.seek(x.end, sequence);
        break;
      case feed_status::drained:
        if (auto second = feed.pass_second()) {
          if (*second * journal_bench::second
              < time / journal_bench::second * journal_bench::second)
            failure = "the second is behind";
          time = std::max(time, *second * journal_bench::second);
        }
        std::unique_lock guard{lock};
        if (!more.wait_for(guard, std::chrono::seconds{20},
                           [&] { return woken; }))
          failure = "not woken";
        woken = false;
    }
  }
  feed.wake_with({});
  // The appending threads must come to their end.
  covered = uut.end();
  while (!over) {
    covered = uut.end();
    std::this_thread::yield();
  }
  appends.join();
  keeps.join();
  return failure;
}

} // namespace rrdflow::test
