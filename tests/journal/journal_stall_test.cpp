#define CAF_SUITE journal_stall

#include "tests/journal/stall_fixture.hpp"

#include <fcntl.h>

#include <thread>

using namespace rrdflow;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(journal_stall_tests, test::stall_fixture)

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

CAF_TEST_FIXTURE_SCOPE_END()
