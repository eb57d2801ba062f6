#define CAF_SUITE journal_recovery

#include "actors/journal/journal.hpp"
#include "tests/journal/journal_bench.hpp"
#include "tests/test.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace rrdflow;

namespace fs = std::filesystem;

namespace {

/// Makes a small journal, damages it, and looks at what a start makes of it:
/// whatever is read is right, and whatever is not read is counted.
struct fixture : test::journal_bench {
  /// A journal of several runs; the last of them left records, too.
  void make(uint64_t messages, int runs) {
    for (auto i = 1; i <= runs; ++i) {
      open();
      fill(messages * static_cast<uint64_t>(i) / static_cast<uint64_t>(runs));
    }
    // As if killed: the mapping's bytes stay.
    uut = nullptr;
    for (auto& path : segments())
      original.emplace_back(path, test::read_file(path));
    total = messages;
  }

  /// Puts everything back as it was made.
  void restore() {
    uut = nullptr;
    for (auto name : {"/journal", "/quarantine"})
      for (auto& x : std::filesystem::directory_iterator{folder.path() + name})
        std::filesystem::remove(x.path());
    for (auto& [path, bytes] : original)
      test::write_file(path, bytes);
  }

  /// Reads after a start and checks the books: each message is read, or missing
  /// in a gap, or was torn off the end.
  found check(const char* what, size_t at) {
    open();
    auto& report = uut->report();
    auto result = read();
    std::set<uint64_t> distinct{result.sequences.begin(),
                                result.sequences.end()};
    auto right
      = result.wrong == 0 && distinct.size() == result.sequences.size()
        && result.missing == report.missing_messages()
        && result.gaps.size() == report.gaps.size()
        && result.sequences.size() + result.missing == uut->last_sequence()
        && report.records == result.sequences.size();
    if (!right)
      CAF_ERROR(what << " at " << at << ": " << result.sequences.size()
                     << " read, " << result.missing << " missing, "
                     << report.missing_messages() << " reported, "
                     << result.wrong << " wrong, last "
                     << uut->last_sequence());
    return result;
  }

  /// A start that finds damage finds the same when it happens again, and what
  /// is appended then is read.
  void check_again(const found& before) {
    auto torn_away = uut->last_sequence();
    fill(torn_away + 3);
    open();
    CAF_CHECK_EQUAL(uut->report().torn_bytes, 0u);
    CAF_CHECK_EQUAL(uut->report().missing_messages(), before.missing);
    auto after = read();
    CAF_CHECK_EQUAL(after.sequences.size(), before.sequences.size() + 3);
    CAF_CHECK_EQUAL(after.missing, before.missing);
    CAF_CHECK_EQUAL(after.wrong, 0u);
  }

  void flip(const std::string& path, size_t at) {
    auto bytes = test::read_file(path);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    test::write_file(path, bytes);
  }

  std::vector<std::pair<std::string, std::string>> original;
  uint64_t total = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_recovery_tests, fixture)

// -- damaged bytes ------------------------------------------------------------

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
      // Without any header the journal's number is not known.
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

// -- files in the wrong place -------------------------------------------------

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
  CAF_CHECK_EQUAL(uut->report().foreign, 1u);
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
  auto name = folder.path() + "/journal/" + segment_name(1 << 20);
  test::write_file(name + ".tmp", std::string(4096, 'x'));
  test::write_file(folder.path() + "/journal/readme", "not ours");
  check("nothing", 0);
  CAF_CHECK(!fs::exists(name + ".tmp"));
  CAF_CHECK(fs::exists(folder.path() + "/journal/readme"));
}

// -- a killed process ---------------------------------------------------------

// Proves: a message that was taken is there after kill -9, whatever the moment,
// the making of segments included.
CAF_TEST(what was taken survives a killed process) {
  options.segment_size = 16384;
  auto shared = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto taken = new (shared) std::atomic<uint64_t>{0};
  std::minstd_rand random{7};
  for (auto round = 0; round < 40; ++round) {
    auto before = taken->load();
    auto pid = ::fork();
    CAF_REQUIRE_GREATER_OR_EQUAL(pid, 0);
    if (pid == 0) {
      open();
      for (;;) {
        fill(uut->last_sequence() + 1);
        *taken = uut->last_sequence();
        if (*taken % 50 == 0)
          uut->writer().make_room();
      }
    }
    // Every other one is killed at any moment of its start.
    if (round % 2 == 1)
      while (*taken == before)
        ::usleep(100);
    ::usleep(static_cast<useconds_t>(500 + random() % 5000));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    open();
    auto last = uut->last_sequence();
    // One may be in the journal before its caller hears of it.
    CAF_CHECK_GREATER_OR_EQUAL(last, *taken);
    CAF_CHECK_LESS_OR_EQUAL(last, *taken + 1);
    auto result = read();
    CAF_CHECK_EQUAL(result.sequences.size(), last);
    CAF_CHECK_EQUAL(result.wrong, 0u);
    CAF_CHECK(result.gaps.empty());
    CAF_CHECK_EQUAL(uut->report().problems.size(), 0u);
    *taken = last;
    uut = nullptr;
  }
  CAF_CHECK_GREATER_OR_EQUAL(*taken, 20u);
  ::munmap(shared, 4096);
}

CAF_TEST_FIXTURE_SCOPE_END()
