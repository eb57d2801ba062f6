#define CAF_SUITE journal

#include "actors/journal/journal.hpp"
#include "tests/journal/journal_bench.hpp"
#include "tests/journal/journal_race.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

using bench = test::journal_bench;

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_tests, bench)

CAF_TEST(a message comes back as it was) {
  open();
  uint32_t identifiers[] = {7, 4000000000};
  record_content x;
  x.topic = "a/b";
  x.payload = std::string_view{"x\0y", 3};
  x.retained = true;
  x.identifiers = identifiers;
  x.identifier_count = 2;
  CAF_REQUIRE(uut->writer().append(x) == append_result::taken);
  wall += 5;
  CAF_REQUIRE(put("", "") == append_result::taken);
  auto& feed = uut->feed();
  feed.seek(uut->begin(), 0);
  journal_record r;
  CAF_REQUIRE(feed.next(r) == feed_status::record);
  CAF_CHECK(r.kind == record_kind::message);
  CAF_CHECK_EQUAL(r.topic, "a/b");
  CAF_CHECK_EQUAL(r.payload, x.payload);
  CAF_CHECK(r.retained);
  CAF_CHECK(!r.duplicate);
  CAF_REQUIRE_EQUAL(r.identifier_count, 2u);
  CAF_CHECK_EQUAL(r.identifiers[1], 4000000000);
  CAF_CHECK_EQUAL(r.sequence, 1u);
  CAF_CHECK_EQUAL(r.arrival, 1700000000 * second);
  CAF_CHECK_EQUAL(r.request, 0u);
  auto end = r.end;
  CAF_REQUIRE(feed.next(r) == feed_status::record);
  CAF_CHECK_EQUAL(r.begin, end);
  CAF_CHECK_EQUAL(r.topic, "");
  CAF_CHECK_EQUAL(r.payload, "");
  CAF_CHECK_EQUAL(r.identifier_count, 0u);
  CAF_CHECK_EQUAL(r.arrival, 1700000000 * second + 5);
  CAF_CHECK_EQUAL(feed.at(), uut->end());
  CAF_CHECK(feed.next(r) == feed_status::drained);
}

CAF_TEST(requests have numbers and count no message) {
  open();
  fill(2);
  auto number = uut->writer().append_request(record_kind::flush, "payload");
  CAF_REQUIRE(number);
  CAF_CHECK_EQUAL(*number, 1u);
  auto& feed = uut->feed();
  feed.seek(uut->begin(), 0);
  journal_record r;
  feed.next(r);
  feed.next(r);
  CAF_REQUIRE(feed.next(r) == feed_status::record);
  CAF_CHECK(r.kind == record_kind::flush);
  CAF_CHECK_EQUAL(r.request, 1u);
  CAF_CHECK_EQUAL(r.sequence, 2u);
  CAF_CHECK_EQUAL(r.payload, "payload");
  open();
  number = uut->writer().append_request(record_kind::flush, "");
  CAF_REQUIRE(number);
  CAF_CHECK_EQUAL(*number, 2u);
}

CAF_TEST(the topics that come next are peeked) {
  open();
  auto& feed = uut->feed();
  feed.seek(uut->begin(), 0);
  journal_record r;
  std::string_view ahead[8];
  CAF_CHECK_EQUAL(feed.peek_topics(ahead, 8), 0u);
  uint32_t identifiers[] = {7, 8, 9};
  record_content x;
  x.topic = "with/identifiers";
  x.identifiers = identifiers;
  x.identifier_count = 3;
  put("a", "1");
  CAF_REQUIRE(uut->writer().append(x) == append_result::taken);
  CAF_REQUIRE(uut->writer().append_request(record_kind::flush, "no topic"));
  put("b/c", "2");
  CAF_MESSAGE("nothing is at hand before the first record is read");
  CAF_CHECK_EQUAL(feed.peek_topics(ahead, 8), 0u);
  CAF_REQUIRE(feed.next(r) == feed_status::record);
  CAF_REQUIRE_EQUAL(feed.peek_topics(ahead, 8), 2u);
  CAF_CHECK_EQUAL(ahead[0], "with/identifiers");
  CAF_CHECK_EQUAL(ahead[1], "b/c");
  auto at = ahead[0].data();
  CAF_CHECK_EQUAL(feed.peek_topics(ahead, 1), 1u);
  CAF_REQUIRE(feed.next(r) == feed_status::record);
  CAF_CHECK_EQUAL(r.topic, "with/identifiers");
  CAF_CHECK(r.topic.data() == at);
  CAF_CHECK(feed.next(r) == feed_status::record);
  CAF_CHECK_EQUAL(feed.peek_topics(ahead, 8), 1u);
  CAF_CHECK(feed.next(r) == feed_status::record);
  CAF_CHECK_EQUAL(feed.peek_topics(ahead, 8), 0u);
}

CAF_TEST(a start knows the verdicts that stand further on) {
  open();
  fill(2);
  uut->writer().append_request(record_kind::verdict, "the first is dead");
  fill(200);
  open();
  CAF_REQUIRE_EQUAL(uut->verdicts().size(), 1u);
  CAF_CHECK_EQUAL(uut->verdicts().front(), "the first is dead");
}

CAF_TEST(many segments are read in order) {
  open();
  fill(500);
  CAF_CHECK_GREATER(segments().size(), 5u);
  auto result = read();
  CAF_CHECK_EQUAL(result.sequences.size(), 500u);
  CAF_CHECK_EQUAL(result.wrong, 0u);
  CAF_CHECK_EQUAL(result.gaps.size(), 0u);
  CAF_CHECK_EQUAL(uut->waiting(), 0u);
}

CAF_TEST(a reader may begin anywhere) {
  open();
  fill(200);
  auto all = read();
  CAF_REQUIRE_EQUAL(all.begins.size(), 200u);
  for (auto i = 0u; i < 200; i += 7) {
    auto result = read(all.begins[i], all.sequences[i] - 1);
    CAF_CHECK_EQUAL(result.sequences.size(), 200u - i);
    CAF_CHECK_EQUAL(result.gaps.size(), 0u);
  }
}

CAF_TEST(a reader goes back within a segment without opening it again) {
  open();
  fill(20);
  auto all = read();
  auto& feed = uut->feed();
  journal_record r;
  feed.seek(all.begins[4], 4);
  CAF_REQUIRE(feed.next(r) == feed_status::record);
  auto paths = segments();
  CAF_REQUIRE_EQUAL(paths.size(), 1u);
  std::filesystem::rename(paths[0], paths[0] + ".away");
  feed.seek(all.begins[8], 8);
  CAF_REQUIRE(feed.next(r) == feed_status::record);
  feed.seek(all.begins[4], 4);
  CAF_REQUIRE(feed.next(r) == feed_status::record);
  CAF_CHECK_EQUAL(r.sequence, 5u);
  std::filesystem::rename(paths[0] + ".away", paths[0]);
}

CAF_TEST(a start goes on above everything before) {
  open();
  fill(100);
  auto end = uut->end();
  for (auto i = 0; i < 5; ++i) {
    open();
    CAF_CHECK_EQUAL(uut->report().torn_bytes, 0u);
    CAF_CHECK_EQUAL(uut->report().gaps.size(), 0u);
    CAF_CHECK_EQUAL(uut->report().damaged_headers, 0u);
    CAF_CHECK_EQUAL(uut->report().problems.size(), 0u);
    CAF_CHECK_EQUAL(uut->last_sequence(), 100u + static_cast<unsigned>(i));
    fill(101u + static_cast<unsigned>(i));
    CAF_CHECK_GREATER(uut->end(), end);
    end = uut->end();
  }
  auto result = read();
  CAF_CHECK_EQUAL(result.sequences.size(), 105u);
  CAF_CHECK_EQUAL(result.gaps.size(), 0u);
}

CAF_TEST(starts without messages leave nothing behind) {
  open();
  fill(10);
  for (auto i = 0; i < 5; ++i)
    open();
  CAF_CHECK_EQUAL(segments().size(), 2u);
  CAF_CHECK_EQUAL(read().sequences.size(), 10u);
}

CAF_TEST(starts of a journal that never had a message leave nothing behind) {
  options.sequence_at_least = 7;
  for (auto i = 0; i < 5; ++i) {
    auto before = uut ? uut->end() : 0;
    open();
    CAF_CHECK_EQUAL(uut->last_sequence(), 7u);
    CAF_CHECK_GREATER_OR_EQUAL(uut->end(), before);
  }
  CAF_CHECK_EQUAL(segments().size(), 2u);
}

CAF_TEST(a start goes on above the snapshots) {
  open();
  fill(10);
  options.at_least = 1000000;
  options.sequence_at_least = 50;
  open();
  CAF_CHECK_EQUAL(uut->end(), 1000000u);
  CAF_CHECK_EQUAL(uut->writer().synced(), 1000000u);
  fill(51);
  auto result = read(1000000, 50);
  CAF_REQUIRE_EQUAL(result.sequences.size(), 1u);
  CAF_CHECK_EQUAL(result.sequences[0], 51u);
  CAF_CHECK_GREATER(result.begins[0], 1000000u);
  CAF_CHECK_EQUAL(result.gaps.size(), 0u);
  // An older snapshot misses what the newer one had.
  CAF_CHECK_EQUAL(read().missing, 40u);
}

CAF_TEST(too large a message is refused) {
  open();
  CAF_CHECK(put("a", std::string(1000, 'x')) == append_result::too_large);
  CAF_CHECK(put(std::string(70000, 'x'), "") == append_result::too_large);
  CAF_CHECK(put("a", std::string(900, 'x')) == append_result::taken);
  CAF_CHECK_EQUAL(uut->last_sequence(), 1u);
}

CAF_TEST(a drained reader is woken once) {
  open();
  auto woken = 0;
  auto& feed = uut->feed();
  feed.wake_with([&] { ++woken; });
  feed.seek(uut->begin(), 0);
  fill(1);
  CAF_CHECK_EQUAL(woken, 0);
  journal_record r;
  CAF_CHECK(feed.next(r) == feed_status::record);
  CAF_CHECK(feed.next(r) == feed_status::drained);
  fill(5);
  CAF_CHECK_EQUAL(woken, 1);
  feed.wake_with({});
  go_on();
  fill(6);
  CAF_CHECK_EQUAL(woken, 1);
}

CAF_TEST(a second passes only while nothing waits) {
  open();
  auto& feed = uut->feed();
  feed.seek(uut->begin(), 0);
  journal_record r;
  CAF_CHECK(feed.next(r) == feed_status::drained);
  wall += second / 2;
  CAF_CHECK_EQUAL(feed.pass_second().value_or(0), 1700000000);
  fill(1);
  CAF_CHECK(!feed.pass_second());
  CAF_CHECK(feed.next(r) == feed_status::record);
  CAF_CHECK_EQUAL(feed.pass_second().value_or(0), 1700000000);
}

CAF_TEST(no arrival precedes a second that was told) {
  open();
  auto& feed = uut->feed();
  feed.seek(uut->begin(), 0);
  journal_record r;
  feed.next(r);
  CAF_CHECK_EQUAL(feed.pass_second().value_or(0), 1700000000);
  wall -= 10 * second;
  fill(1);
  CAF_REQUIRE(feed.next(r) == feed_status::record);
  CAF_CHECK_EQUAL(r.arrival, 1700000000 * second);
}

CAF_TEST(covered segments are deleted but for the newest) {
  open();
  fill(300);
  CAF_CHECK(!uut->writer().sync());
  auto all = read();
  auto before = segments().size();
  uut->writer().delete_covered(all.begins[150]);
  CAF_CHECK_LESS(segments().size(), before);
  auto result = read(all.begins[150], 150);
  CAF_CHECK_EQUAL(result.sequences.size(), 150u);
  CAF_CHECK_EQUAL(result.gaps.size(), 0u);
  uut->writer().delete_covered(uut->end());
  CAF_CHECK_EQUAL(segments().size(), 1u);
  open();
  CAF_CHECK_EQUAL(uut->last_sequence(), 300u);
  CAF_CHECK_EQUAL(uut->report().gaps.size(), 0u);
}

CAF_TEST(a reader sees each message once and in order while others append) {
  for (auto seed : {1u, 2u, 3u}) {
    auto failure = test::race(seed, 20000);
    if (!failure.empty())
      CAF_ERROR("seed " << seed << ": " << failure);
    CAF_CHECK(failure.empty());
  }
}

CAF_TEST(the number of a new journal has 64 random bits and is kept) {
  options.random = 0;
  auto number = [this] {
    open();
    fill(uut->last_sequence() + 1);
    return test::read_file(folder.path() + "/journal.id");
  };
  auto first = number();
  CAF_CHECK_NOT_EQUAL(first.substr(0, 8), "00000000");
  CAF_CHECK_NOT_EQUAL(first.substr(8, 8), "00000000");
  CAF_CHECK_EQUAL(number(), first);
  std::filesystem::remove_all(folder.path() + "/journal");
  std::filesystem::remove(folder.path() + "/journal.id");
  std::filesystem::create_directory(folder.path() + "/journal");
  CAF_CHECK_NOT_EQUAL(number().substr(0, 16), first.substr(0, 16));
}

CAF_TEST(a journal whose number has 32 bits goes on) {
  options.random = 0x12345678;
  open();
  fill(10);
  options.random = 0;
  open();
  CAF_CHECK_EQUAL(test::read_file(folder.path() + "/journal.id").substr(0, 16),
                  "0000000012345678");
  CAF_CHECK_EQUAL(read().sequences.size(), 10u);
  CAF_CHECK_EQUAL(uut->report().problems.size(), 0u);
}

CAF_TEST(a damaged number is found in the segments) {
  open();
  fill(10);
  auto file = folder.path() + "/journal.id";
  auto text = test::read_file(file);
  for (auto damaged : {text.substr(0, 20), text + text, std::string{}}) {
    uut = nullptr;
    test::write_file(file, damaged);
    open();
    CAF_CHECK_EQUAL(uut->report().problems.size(), 1u);
    CAF_CHECK_EQUAL(read().sequences.size(), 10u);
    CAF_CHECK_EQUAL(test::read_file(file), text);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
