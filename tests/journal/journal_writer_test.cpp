#define CAF_SUITE journal_writer

#include "actors/journal/journal.hpp"
#include "tests/journal/journal_bench.hpp"
#include "tests/test.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>

using namespace rrdflow;
using namespace std::chrono_literals;

namespace {

/// A journal that is filled up, and whose syncs may fail.
struct fixture : test::journal_bench {
  journal_writer& writer() {
    return uut->writer();
  }

  /// Appends until that does not work any more; returns how many did.
  uint64_t fill_up() {
    auto before = uut->last_sequence();
    for (;;) {
      auto i = uut->last_sequence() + 1;
      if (put("sensors/" + std::to_string(i % 7), text_of(i))
          != append_result::taken)
        return i - 1 - before;
    }
  }

  /// Of each segment.
  std::map<std::string, ino_t> inodes() {
    std::map<std::string, ino_t> result;
    for (auto& path : segments()) {
      struct stat st;
      if (::stat(path.c_str(), &st) == 0)
        result[path] = st.st_ino;
    }
    return result;
  }

  void check_stalled(stall_reason reason) {
    CAF_CHECK_EQUAL(to_string(writer().stalled()), to_string(reason));
    CAF_CHECK(put("a", "b")
              == (reason == stall_reason::none ? append_result::taken
                                               : append_result::stalled));
    CAF_CHECK_EQUAL(writer().wait_for_room({}), reason == stall_reason::none);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_writer_tests, fixture)

// -- stalls -------------------------------------------------------------------

CAF_TEST(a journal of its full size stalls until a snapshot covers it) {
  options.max_size = 3 * 4096;
  open();
  auto n = fill_up();
  CAF_CHECK_GREATER(n, 100u);
  check_stalled(stall_reason::journal_full);
  CAF_CHECK(!writer().make_room());
  CAF_CHECK_LESS_OR_EQUAL(writer().bytes(), options.max_size);
  auto all = read();
  CAF_CHECK_EQUAL(all.sequences.size(), n);
  CAF_CHECK(!writer().sync());
  writer().delete_covered(all.begins[n / 2]);
  CAF_CHECK(writer().make_room());
  CAF_CHECK(!writer().make_room());
  check_stalled(stall_reason::none);
}

CAF_TEST(a journal of one segment does not stall for ever) {
  options.max_size = 4096;
  open();
  fill_up();
  check_stalled(stall_reason::journal_full);
  CAF_CHECK(!writer().sync());
  writer().delete_covered(uut->end());
  CAF_CHECK(writer().make_room());
  check_stalled(stall_reason::none);
  writer().make_room();
  CAF_CHECK_LESS_OR_EQUAL(segments().size(), 2u);
}

CAF_TEST(a journal keeps the disk reserve) {
  options.disk_reserve = 1 << 20;
  open();
  available = (1 << 20) + 4095;
  CAF_CHECK_GREATER(fill_up(), 10u);
  check_stalled(stall_reason::disk_reserve);
  CAF_CHECK(!writer().make_room());
  check_stalled(stall_reason::disk_reserve);
  available = (1 << 20) + 4096;
  CAF_CHECK(writer().make_room());
  check_stalled(stall_reason::none);
}

CAF_TEST(requests may use the reserve while messages stall) {
  options.disk_reserve = 1 << 20;
  open();
  available = 1 << 20;
  auto n = fill_up();
  for (auto i = 1u; i <= 100; ++i) {
    auto number = writer().append_request(record_kind::flush, "all of it");
    CAF_REQUIRE(number);
    CAF_CHECK_EQUAL(*number, i);
  }
  check_stalled(stall_reason::disk_reserve);
  available = 1 << 30;
  CAF_CHECK(writer().make_room());
  check_stalled(stall_reason::none);
  CAF_CHECK_EQUAL(uut->last_sequence(), n + 1);
}

CAF_TEST(a full disk stalls and requests are told why) {
  open();
  auto full = true;
  options.files.allocate = [&](int fd, uint64_t size) {
    return full ? ENOSPC : ::posix_fallocate(fd, 0, static_cast<off_t>(size));
  };
  fill(10);
  open();
  check_stalled(stall_reason::disk_reserve);
  auto number = writer().append_request(record_kind::flush, "");
  CAF_REQUIRE(!number);
  CAF_CHECK(number.error() == ec::disk_full);
  // No temporary file either.
  CAF_CHECK_EQUAL(segments().size(), 1u);
  CAF_CHECK_EQUAL(read().sequences.size(), 10u);
  full = false;
  CAF_CHECK(writer().make_room());
  check_stalled(stall_reason::none);
  CAF_CHECK_EQUAL(go_on().sequences.size(), 1u);
}

CAF_TEST(want of memory while a segment is made passes) {
  auto memory = true;
  options.files.allocate = [&](int fd, uint64_t size) {
    if (!memory)
      throw std::bad_alloc{};
    return ::posix_fallocate(fd, 0, static_cast<off_t>(size));
  };
  open();
  memory = false;
  auto thrown = 0;
  auto append = [&] {
    try {
      fill(uut->last_sequence() + 1);
    } catch (const std::bad_alloc&) {
      ++thrown;
    }
  };
  for (auto i = 0; i < 1000 && thrown < 3; ++i)
    append();
  CAF_CHECK_EQUAL(thrown, 3);
  CAF_CHECK_EQUAL(segments().size(), 1u);
  memory = true;
  auto before = uut->last_sequence();
  append();
  CAF_CHECK_EQUAL(uut->last_sequence(), before + 1);
  CAF_CHECK_EQUAL(read().sequences.size(), before + 1);
}

CAF_TEST(the next segment is made ahead of need) {
  auto made = 0;
  options.files.allocate = [&](int fd, uint64_t size) {
    ++made;
    return ::posix_fallocate(fd, 0, static_cast<off_t>(size));
  };
  open();
  CAF_CHECK_EQUAL(made, 1);
  writer().make_room();
  CAF_CHECK_EQUAL(made, 1);
  while (segments().size() < 2) {
    fill(uut->last_sequence() + 1);
    writer().make_room();
  }
  CAF_CHECK_EQUAL(made, 2);
  CAF_CHECK_EQUAL(writer().bytes(), 2u * 4096);
  fill(60);
  CAF_CHECK_EQUAL(made, 2);
  CAF_CHECK_EQUAL(read().sequences.size(), 60u);
}

CAF_TEST(a caller that waits goes on when the stall ends) {
  options.max_size = 4096;
  open();
  fill_up();
  auto resumed = false;
  std::thread waits{[&] { resumed = writer().wait_for_room(10s); }};
  CAF_CHECK(!writer().sync());
  writer().delete_covered(uut->end());
  CAF_CHECK(writer().make_room());
  waits.join();
  CAF_CHECK(resumed);
}

CAF_TEST(a clock behind the journal stalls until it has caught up) {
  open();
  fill(3);
  wall -= 5 * second;
  open();
  check_stalled(stall_reason::clock);
  CAF_CHECK(!writer().make_room());
  auto all = read();
  CAF_CHECK_EQUAL(all.sequences.size(), 3u);
  CAF_CHECK(!uut->feed().pass_second());
  // Requests do not wait; they are stamped with the last arrival.
  CAF_CHECK(writer().append_request(record_kind::flush, ""));
  journal_record r;
  CAF_REQUIRE(uut->feed().next(r) == feed_status::record);
  CAF_CHECK_EQUAL(r.arrival, 1700000000 * second);
  wall += 4 * second;
  CAF_CHECK(writer().make_room());
  check_stalled(stall_reason::none);
}

CAF_TEST(a clock behind a snapshot stalls) {
  options.second_at_least = 1700000010;
  open();
  check_stalled(stall_reason::clock);
  wall += 9 * second;
  CAF_CHECK(writer().make_room());
  check_stalled(stall_reason::none);
}

// -- syncs --------------------------------------------------------------------

CAF_TEST(a sync moves the position that is durable) {
  open();
  fill(200);
  CAF_CHECK_EQUAL(writer().synced(), 0u);
  auto before = syncs.load();
  CAF_CHECK(!writer().sync());
  CAF_CHECK_EQUAL(writer().synced(), uut->end());
  // Each segment that was filled, and the newest.
  CAF_CHECK_EQUAL(syncs - before, static_cast<int>(segments().size()));
  before = syncs;
  CAF_CHECK(!writer().sync());
  CAF_CHECK_EQUAL(syncs.load(), before);
}

CAF_TEST(what is not synced is not deleted) {
  open();
  fill(200);
  auto n = segments().size();
  writer().delete_covered(uut->end());
  CAF_CHECK_EQUAL(segments().size(), n);
}

CAF_TEST(with sync always each message is durable) {
  options.sync = sync_policy::always;
  open();
  for (auto i = 1; i < 100; ++i) {
    auto before = syncs.load();
    fill(static_cast<uint64_t>(i));
    CAF_CHECK_GREATER(syncs.load(), before);
    CAF_CHECK_EQUAL(writer().synced(), uut->end());
  }
}

CAF_TEST(with sync never the end counts as durable) {
  options.sync = sync_policy::never;
  open();
  auto before = syncs.load();
  fill(10);
  CAF_CHECK(!writer().sync());
  CAF_CHECK_EQUAL(writer().synced(), uut->end());
  CAF_CHECK_EQUAL(syncs.load(), before);
}

CAF_TEST(a failed sync is not tried again on the same data) {
  open();
  fill(200);
  fail_syncs = true;
  CAF_CHECK(writer().sync() == ec::io_failed);
  fail_syncs = false;
  check_stalled(stall_reason::io);
  CAF_CHECK(writer().broken());
  auto before = syncs.load();
  CAF_CHECK(writer().sync() == ec::io_failed);
  CAF_CHECK(!writer().make_room());
  CAF_CHECK_EQUAL(syncs.load(), before);
  CAF_CHECK_EQUAL(writer().synced(), 0u);
  CAF_CHECK(!writer().append_request(record_kind::flush, ""));
  // The reader reads on.
  CAF_CHECK_EQUAL(read().sequences.size(), 200u);
  // Copies on other blocks, durable before they replace the segments.
  fail_syncs = true;
  CAF_CHECK(writer().repair() == ec::io_failed);
  check_stalled(stall_reason::io);
  fail_syncs = false;
  CAF_CHECK(!writer().repair());
  CAF_CHECK_EQUAL(writer().synced(), uut->end());
  check_stalled(stall_reason::none);
  // The reader goes on in the copy, which is what a start finds, too.
  CAF_CHECK_EQUAL(go_on().sequences.size(), 1u);
  fill(300);
  CAF_CHECK_EQUAL(go_on().sequences.size(), 99u);
  open();
  CAF_CHECK_EQUAL(read().sequences.size(), 300u);
  CAF_CHECK(uut->report().gaps.empty());
}

CAF_TEST(a start does not trust a sync of what could not be synced) {
  open();
  fill(200);
  fail_syncs = true;
  CAF_CHECK(writer().sync() == ec::io_failed);
  auto failed = inodes();
  CAF_CHECK_GREATER(failed.size(), 1u);
  // The next process cannot copy at once.
  uut = nullptr;
  CAF_CHECK(journal::open(options).error() == ec::io_failed);
  fail_syncs = false;
  open();
  auto copies = inodes();
  for (auto& [path, inode] : failed)
    CAF_CHECK_NOT_EQUAL(copies[path], inode);
  CAF_CHECK_EQUAL(read().sequences.size(), 200u);
  CAF_CHECK(uut->report().gaps.empty());
  // Once is enough.
  open();
  for (auto& [path, inode] : inodes())
    if (failed.count(path) > 0)
      CAF_CHECK_EQUAL(copies[path], inode);
}

CAF_TEST(with sync always a message whose sync failed has not come) {
  options.sync = sync_policy::always;
  open();
  fill(10);
  fail_syncs = true;
  CAF_CHECK(put("a", "b") == append_result::stalled);
  fail_syncs = false;
  CAF_CHECK_EQUAL(uut->last_sequence(), 10u);
  check_stalled(stall_reason::io);
  CAF_CHECK_EQUAL(read().sequences.size(), 10u);
  CAF_CHECK(!writer().repair());
  fill(11);
  CAF_CHECK_EQUAL(go_on().sequences.size(), 1u);
}

CAF_TEST(a start fails if what it found cannot be synced) {
  open();
  fill(10);
  fail_syncs = true;
  uut = nullptr;
  auto result = journal::open(options);
  CAF_REQUIRE(!result);
  CAF_CHECK(result.error() == ec::io_failed);
}

CAF_TEST_FIXTURE_SCOPE_END()
