#pragma once

#include "actors/journal/journal.hpp"
#include "tests/journal/journal_bench.hpp"
#include "tests/test.hpp"

#include <sys/stat.h>

#include <chrono>
#include <map>
#include <string>

namespace rrdflow::test {

/// A journal that is filled up, and whose syncs may fail.
struct stall_fixture : journal_bench {
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

} // namespace rrdflow::test
