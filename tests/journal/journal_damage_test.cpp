#define CAF_SUITE journal_damage

#include "tests/journal/damage_fixture.hpp"

using namespace rrdflow;

namespace fs = std::filesystem;

CAF_TEST_FIXTURE_SCOPE(journal_damage_tests, test::damage_fixture)

CAF_TEST(a journal torn at any length loses its tail only) {
  make(20, 1);
  auto bytes = original.back().second;
  auto all = check("nothing", 0);
  CAF_REQUIRE_EQUAL(all.sequences.size(), 20u);
  auto base = uut->begin();
  for (size_t length = 0; length < bytes.size();
       length += length < 1500 ? 1 : 97)
    for (auto zeros : {false, true}) {
      restore();
      auto torn = bytes.substr(0, length);
      if (zeros)
        torn.resize(bytes.size());
      test::write_file(original.back().first, torn);
      // Without any header nobody knows the journal's number.
      auto known = length >= segment_header_size;
      auto whole
        = std::count_if(all.ends.begin(), all.ends.end(), [&](position x) {
            return known && x <= base + length;
          });
      auto begun
        = std::count_if(all.begins.begin(), all.begins.end(),
                        [&](position x) { return known && x < base + length; });
      auto n = static_cast<long>(check("torn", length).sequences.size());
      // Torn padding does not matter if zeros stand in its place.
      if (n < whole || n > (zeros ? begun : whole))
        CAF_ERROR("torn at " << length << ": " << n << " of " << whole);
      CAF_CHECK_EQUAL(uut->report().gaps.size(), 0u);
    }
}

CAF_TEST(a flipped bit anywhere is found) {
  make(60, 3);
  CAF_REQUIRE_EQUAL(original.size(), 3u);
  for (auto& [path, bytes] : original) {
    auto last = &path == &original.back().first;
    for (size_t at = 0; at < bytes.size(); ++at) {
      if (at == 1700)
        // Zeros, up to the header at the end.
        at = std::max(at, bytes.size() - segment_header_size - 40);
      restore();
      flip(path, at);
      auto result = check("flipped", at);
      auto& report = uut->report();
      auto noticed = report.torn_bytes > 0 || report.damaged_headers > 0
                     || !report.gaps.empty();
      if (!noticed)
        CAF_ERROR(path << ": nothing found at " << at);
      // One flip costs one message at most, in the end of the journal too.
      if (result.sequences.size() + 1 < total || result.gaps.size() > 1
          || result.missing > 1
          || (!last && result.sequences.size() + result.missing != total))
        CAF_ERROR(path << ": too much lost at " << at);
      if (at % 50 == 0)
        check_again(result);
    }
  }
}

CAF_TEST(a gap says exactly where it is) {
  make(60, 3);
  auto all = check("nothing", 0);
  restore();
  // Two neighbours in the first segment.
  auto base = all.begins[0] - segment_header_size;
  flip(original[0].first, all.begins[7] - base + 40);
  flip(original[0].first, all.begins[8] - base + 3);
  auto result = check("flipped", 7);
  CAF_REQUIRE_EQUAL(result.gaps.size(), 1u);
  CAF_CHECK_EQUAL(result.gaps[0].begin, all.begins[7]);
  CAF_CHECK_EQUAL(result.gaps[0].end, all.begins[9]);
  CAF_CHECK_EQUAL(result.gaps[0].messages, 2u);
  CAF_CHECK_EQUAL(uut->report().gaps[0].begin, all.begins[7]);
  CAF_CHECK_EQUAL(quarantined(), 1u);
  check_again(result);
}

CAF_TEST(what is missing is lost unless a snapshot has it) {
  make(60, 3);
  auto all = check("nothing", 0);
  CAF_CHECK_EQUAL(uut->report().lost_messages, 0u);
  restore();
  auto base = all.begins[0] - segment_header_size;
  flip(original[0].first, all.begins[7] - base + 40);
  auto lost = [&](position at, uint64_t sequence) {
    options.at_least = at;
    options.sequence_at_least = sequence;
    open();
    CAF_CHECK_EQUAL(uut->report().missing_messages(), 1u);
    return uut->report().lost_messages;
  };
  CAF_CHECK_EQUAL(lost(0, 0), 1u);
  CAF_CHECK_EQUAL(lost(all.begins[7], 7), 1u);
  CAF_CHECK_EQUAL(lost(all.begins[8], 8), 0u);
  CAF_MESSAGE("a segment is gone");
  std::filesystem::remove(original[0].first);
  options.at_least = all.begins[4];
  options.sequence_at_least = 5;
  open();
  CAF_CHECK_EQUAL(uut->report().lost_messages, uut->sequence_before() - 5);
  CAF_CHECK_GREATER(uut->sequence_before(), 5u);
}

CAF_TEST(the last record of a segment that has a successor is a gap) {
  make(60, 3);
  auto all = check("nothing", 0);
  restore();
  auto base = all.begins[0] - segment_header_size;
  flip(original[0].first, all.begins[19] - base + 9);
  auto result = check("flipped", 19);
  CAF_CHECK_EQUAL(result.missing, 1u);
  CAF_CHECK_EQUAL(uut->report().torn_bytes, 0u);
  CAF_CHECK_EQUAL(uut->last_sequence(), 60u);
  CAF_CHECK_EQUAL(quarantined(), 1u);
  check_again(result);
}

CAF_TEST(swapped pages are a gap) {
  options.segment_size = 32768;
  make(600, 1);
  CAF_REQUIRE_GREATER(original.size(), 1u);
  auto bytes = original[0].second;
  auto page = [&](size_t i) { return bytes.substr(i * 4096, 4096); };
  restore();
  test::write_file(original[0].first,
                   page(0) + page(2) + page(1) + bytes.substr(3 * 4096));
  auto result = check("swapped", 1);
  CAF_CHECK_EQUAL(result.gaps.size(), 1u);
  CAF_CHECK_EQUAL(result.sequences.size() + result.missing, 600u);
  check_again(result);
}

CAF_TEST(a zero page is a gap) {
  options.segment_size = 32768;
  make(600, 1);
  for (size_t i = 0; i < 8; ++i) {
    restore();
    auto bytes = original[0].second;
    bytes.replace(i * 4096, 4096, 4096, '\0');
    test::write_file(original[0].first, bytes);
    auto result = check("zero page", i);
    CAF_CHECK_EQUAL(result.sequences.size() + result.missing, 600u);
    CAF_CHECK_EQUAL(result.gaps.size(), 1u);
    CAF_CHECK_LESS(result.missing, 80u);
    check_again(result);
  }
}

CAF_TEST(a segment without any header is read all the same) {
  make(300, 1);
  restore();
  auto bytes = original[2].second;
  bytes.replace(0, segment_header_size, segment_header_size, 'x');
  bytes.replace(bytes.size() - segment_header_size, segment_header_size,
                segment_header_size, 'y');
  test::write_file(original[2].first, bytes);
  auto result = check("headers", 2);
  CAF_CHECK_EQUAL(result.sequences.size(), 300u);
  CAF_CHECK_EQUAL(uut->report().damaged_headers, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
