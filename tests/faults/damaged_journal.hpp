#pragma once

#include "tests/journal/journal_bench.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rrdflow::test {

/// A journal as a killed process leaves it, that can be damaged, looked at, and
/// is whole again afterwards.
class damaged_journal {
public:
  /// @param kilobytes How much its records take, about.
  /// @param topic What its messages' topics begin with.
  explicit damaged_journal(uint64_t kilobytes, uint64_t seed,
                           const std::string& topic = "sensors");

  size_t segments() const noexcept {
    return originals_.size();
  }

  /// A segment as it was written.
  const std::string& bytes(size_t segment) const {
    return originals_[segment].bytes;
  }

  /// Puts other bytes in the place of a segment.
  void put(size_t segment, const std::string& bytes);

  /// Starts, and compares what is read with what was written, if bytes
  /// [begin, end) of the segment are of no use: all other messages are there,
  /// none is wrong, the damage is noticed and the gap is told exactly.
  void check(const char* what, size_t segment, uint64_t begin, uint64_t end);

  const std::map<std::string, uint64_t>& figures() const noexcept {
    return figures_;
  }

  /// The first ones; "losses" of `figures` has their number.
  const std::vector<std::string>& losses() const noexcept {
    return losses_;
  }

private:
  struct original {
    std::string path;
    std::string bytes;
    position base = 0;
  };

  void lose(const std::string& text);
  void restore();
  void look(const char* what, size_t segment, uint64_t begin, uint64_t end);

  journal_bench bench_;
  std::vector<original> originals_;
  journal_bench::found whole_;
  std::vector<size_t> touched_;
  std::map<std::string, uint64_t> figures_;
  std::vector<std::string> losses_;
};

} // namespace rrdflow::test
