#define CAF_SUITE journal_segments

#include "tests/journal/damage_fixture.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

using namespace rrdflow;

namespace fs = std::filesystem;

CAF_TEST_FIXTURE_SCOPE(journal_segments_tests, test::damage_fixture)

CAF_TEST(a missing segment is a gap) {
  make(300, 1);
  auto all = check("nothing", 0);
  for (size_t i = 1; i + 1 < original.size(); ++i) {
    restore();
    fs::remove(original[i].first);
    auto result = check("missing", i);
    CAF_REQUIRE_EQUAL(result.gaps.size(), 1u);
    CAF_CHECK_GREATER(result.missing, 5u);
    CAF_CHECK_EQUAL(result.sequences.size() + result.missing, 300u);
    // The gap ends where the next segment begins.
    CAF_CHECK_EQUAL(result.gaps[0].end % 4096, segment_header_size);
    check_again(result);
  }
}

CAF_TEST(a FIFO in place of a segment is a gap) {
  make(300, 1);
  restore();
  fs::remove(original[1].first);
  CAF_REQUIRE_EQUAL(::mkfifo(original[1].first.c_str(), 0600), 0);
  auto result = check("a FIFO", 1);
  CAF_CHECK_EQUAL(result.gaps.size(), 1u);
  CAF_CHECK_EQUAL(result.sequences.size() + result.missing, 300u);
}

CAF_TEST(segments under each others names are read where they belong) {
  make(300, 1);
  for (size_t i = 0; i + 1 < original.size(); ++i) {
    restore();
    test::write_file(original[i].first, original[i + 1].second);
    test::write_file(original[i + 1].first, original[i].second);
    auto result = check("swapped", i);
    CAF_CHECK_EQUAL(result.sequences.size(), 300u);
    CAF_CHECK_EQUAL(result.gaps.size(), 0u);
    CAF_CHECK_EQUAL(uut->report().misnamed, 2u);
    check_again(result);
  }
}

CAF_TEST(a copy in place of another segment is a gap) {
  make(300, 1);
  restore();
  test::write_file(original[3].first, original[2].second);
  auto result = check("copied", 3);
  CAF_CHECK_EQUAL(result.gaps.size(), 1u);
  CAF_CHECK_EQUAL(uut->report().misnamed, 1u);
  CAF_CHECK_EQUAL(quarantined(), 1u);
  check_again(result);
}

CAF_TEST(the records of another journal are not read) {
  make(60, 1);
  restore();
  auto bytes = original[0].second;
  segment_header header;
  CAF_REQUIRE(
    read_header(reinterpret_cast<const uint8_t*>(bytes.data()), header));
  header.id ^= 1;
  auto to = reinterpret_cast<uint8_t*>(bytes.data());
  write_header(to, header);
  write_header(to + bytes.size() - segment_header_size, header);
  test::write_file(original[0].first, bytes);
  open();
  CAF_CHECK_EQUAL(read().sequences.size(), 0u);
  CAF_CHECK_EQUAL(uut->report().strangers, 1u);
  CAF_CHECK_EQUAL(quarantined(), 1u);
}

CAF_TEST(what cannot be opened now is no gap) {
  open();
  fill(200);
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  auto none = before;
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_NOFILE, &none);
  auto first = read();
  ::setrlimit(RLIMIT_NOFILE, &before);
  CAF_CHECK(first.failure == ec::io_failed);
  CAF_CHECK(first.gaps.empty());
  auto rest = go_on();
  CAF_CHECK(!rest.failure);
  CAF_CHECK(rest.gaps.empty());
  CAF_CHECK_EQUAL(first.sequences.size() + rest.sequences.size(), 200u);
}

CAF_TEST(what an interrupted making left is cleared away) {
  make(20, 1);
  restore();
  auto name = folder.path + "/journal/" + segment_name(1 << 20);
  test::write_file(name + ".tmp", std::string(4096, 'x'));
  test::write_file(folder.path + "/journal/readme", "not ours");
  check("nothing", 0);
  CAF_CHECK(!fs::exists(name + ".tmp"));
  CAF_CHECK(fs::exists(folder.path + "/journal/readme"));
}

CAF_TEST_FIXTURE_SCOPE_END()
