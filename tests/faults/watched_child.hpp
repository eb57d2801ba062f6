#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace rrdflow::test {

/// Counts, in memory that outlives the child.
class child_figures {
public:
  /// @param memory shared by parent and child.
  explicit child_figures(void* memory) : memory_{memory} {
    // nop
  }

  /// @pre at most 40 names of less than 48 bytes
  void add(const char* name, uint64_t n = 1);

  /// Prints "figure NAME N" lines.
  void print() const;

private:
  void* memory_;
};

/// Runs cases in child processes, so that a signal, too much memory or a hang
/// ends one case only, and is seen.
class watched_children {
public:
  /// What is wrong with case `i`; empty: nothing.
  using one_case = std::function<std::string(uint64_t i, child_figures&)>;

  /// @param memory bytes of address space that a child may take
  /// @param patience seconds that a case may take
  watched_children(uint64_t memory, unsigned patience)
    : memory_{memory}, patience_{patience} {
    // nop
  }

  /// Runs the cases [0, n) and prints figures and losses. `prepare` runs in
  /// each child, first.
  /// @returns the program's exit code
  int run(uint64_t n, const std::function<one_case()>& prepare);

private:
  uint64_t memory_;
  unsigned patience_;
};

} // namespace rrdflow::test
