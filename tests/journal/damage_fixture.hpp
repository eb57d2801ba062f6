#pragma once

#include "actors/journal/journal.hpp"
#include "tests/journal/journal_bench.hpp"
#include "tests/test.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow::test {

/// Makes a small journal, damages it, and looks at what a start makes of it:
/// whatever is read is right, and whatever is not read is counted.
struct damage_fixture : journal_bench {
  /// A journal of several runs; the last of them left records, too.
  void make(uint64_t messages, int runs) {
    for (auto i = 1; i <= runs; ++i) {
      open();
      fill(messages * static_cast<uint64_t>(i) / static_cast<uint64_t>(runs));
    }
    // As if killed: the mapping's bytes stay.
    uut = nullptr;
    for (auto& path : segments())
      original.emplace_back(path, read_file(path));
    total = messages;
  }

  /// Puts everything back as it was made.
  void restore() {
    uut = nullptr;
    for (auto name : {"/journal", "/quarantine"})
      for (auto& x : std::filesystem::directory_iterator{folder.path + name})
        std::filesystem::remove(x.path());
    for (auto& [path, bytes] : original)
      write_file(path, bytes);
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
    auto bytes = read_file(path);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    write_file(path, bytes);
  }

  std::vector<std::pair<std::string, std::string>> original;
  uint64_t total = 0;
};

} // namespace rrdflow::test
