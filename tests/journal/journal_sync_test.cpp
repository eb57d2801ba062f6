#define CAF_SUITE journal_sync

#include "tests/journal/stall_fixture.hpp"

#include <fcntl.h>

#include <thread>

using namespace rrdflow;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(journal_sync_tests, test::stall_fixture)

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
  CAF_CHECK(writer().mend() == ec::io_failed);
  check_stalled(stall_reason::io);
  fail_syncs = false;
  CAF_CHECK(!writer().mend());
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
  CAF_CHECK(!writer().mend());
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
