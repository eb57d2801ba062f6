#pragma once

#include "actors/writer/rrd_header.hpp"
#include "messages/writer_values.hpp"

#include <cstdint>
#include <random>
#include <string>

namespace rrdflow::test {

/// An RRD file of any kind, and what may be written into it. The same seed
/// gives the same.
class random_case {
public:
  explicit random_case(uint64_t seed);

  const file_definition& definition() const noexcept {
    return definition_;
  }

  /// When the file begins.
  int64_t begin() const noexcept {
    return now_;
  }

  /// Now and then leaves a file as others left it: times between two seconds,
  /// prepared values, texts and pointers of any kind.
  void alter(const rrd_header& header, std::string& live);

  /// Rows to write at once, behind all that were given so far.
  row_block batch();

  /// Up to and including `most`.
  uint64_t below(uint64_t most) {
    return std::uniform_int_distribution<uint64_t>{0, most}(random_);
  }

private:
  bool one_in(uint64_t n) {
    return below(n - 1) == 0;
  }

  template <class T, size_t N>
  T one_of(const T (&from)[N]) {
    return from[below(N - 1)];
  }

  void define();
  double limit();
  double any_bits();
  double real();
  uint64_t next_count(size_t source);
  int64_t pause();
  void alter_live(const rrd_header& header, std::string& live);

  std::mt19937_64 random_;
  file_definition definition_;
  int64_t now_ = 0;

  /// The last reading of each source of integers.
  std::vector<uint64_t> counts_;

  /// How this case's times and values go.
  bool steady_ = false;
  bool fractional_ = false;
  uint32_t heartbeat_ = 0;
  uint64_t unknowns_ = 0;
};

} // namespace rrdflow::test
