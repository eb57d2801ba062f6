// Damages a journal in every way and looks at what a start makes of it: see
// journal_damage.py. The journal's writer, recovery and reader are the real
// ones.
//
//   journal_damage KILOBYTES SEED BYTES [FIRST LAST]
//
// Tries BYTES places for a flip and as many for a cut, all of them if there are
// no more; of these, those from FIRST to LAST per cent. Prints "figure NAME N"
// and "loss TEXT" lines.

#include "tests/faults/damaged_journal.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// A place in one of the segments.
struct place {
  size_t segment;
  uint64_t offset;
};

class trial {
public:
  trial(uint64_t kilobytes, uint64_t seed) : journal_{kilobytes, seed} {
    for (size_t i = 0; i < journal_.segments(); ++i)
      for (uint64_t at = 0; at < journal_.bytes(i).size(); ++at)
        places_.push_back({i, at});
    random_.seed(seed);
  }

  void choose(uint64_t n, uint64_t first, uint64_t last) {
    if (n < places_.size()) {
      std::shuffle(places_.begin(), places_.end(), random_);
      places_.resize(n);
    }
    auto all = places_.size();
    places_ = {places_.begin() + static_cast<ptrdiff_t>(all * first / 100),
               places_.begin() + static_cast<ptrdiff_t>(all * last / 100)};
  }

  void flips() {
    for (auto x : places_) {
      auto bytes = journal_.bytes(x.segment);
      bytes[x.offset]
        = static_cast<char>(bytes[x.offset] ^ (1 << random_() % 8));
      journal_.put(x.segment, bytes);
      journal_.check("bit flipped", x.segment, x.offset, x.offset + 1);
    }
  }

  void cuts() {
    for (auto x : places_) {
      journal_.put(x.segment, journal_.bytes(x.segment).substr(0, x.offset));
      journal_.check("cut off", x.segment, x.offset,
                     journal_.bytes(x.segment).size());
    }
  }

  void zero_pages() {
    constexpr size_t page = 4096;
    for (size_t i = 0; i < journal_.segments(); ++i)
      for (size_t at = 0; at < journal_.bytes(i).size(); at += page) {
        auto bytes = journal_.bytes(i);
        auto n = std::min(page, bytes.size() - at);
        if (bytes.find_first_not_of('\0', at) >= at + n)
          continue;
        bytes.replace(at, n, n, '\0');
        journal_.put(i, bytes);
        journal_.check("page of zeros", i, at, at + n);
      }
  }

  void swaps() {
    for (size_t i = 0; i < journal_.segments(); ++i)
      for (size_t k = i + 1; k < journal_.segments(); ++k) {
        journal_.put(i, journal_.bytes(k));
        journal_.put(k, journal_.bytes(i));
        journal_.check("segments swapped", i, 0, 0);
      }
  }

  /// Segments of a journal of the same shape.
  void foreign(uint64_t kilobytes, uint64_t seed) {
    damaged_journal other{kilobytes, seed, "other"};
    for (size_t i = 0; i < journal_.segments(); ++i)
      for (size_t k = 0; k < other.segments(); ++k) {
        journal_.put(i, other.bytes(k));
        journal_.check("segment of another journal", i, 0,
                       journal_.bytes(i).size());
      }
  }

  void report() const {
    for (auto& [name, n] : journal_.figures())
      std::printf("figure %s %llu\n", name.c_str(),
                  static_cast<unsigned long long>(n));
    for (auto& x : journal_.losses())
      std::printf("loss %s\n", x.c_str());
  }

private:
  damaged_journal journal_;
  std::vector<place> places_;
  std::mt19937_64 random_;
};

} // namespace

int main(int argc, char** argv) {
  auto number = [&](int i, uint64_t otherwise) {
    return i < argc ? std::strtoull(argv[i], nullptr, 10) : otherwise;
  };
  auto kilobytes = number(1, 1024);
  auto seed = number(2, 1);
  trial x{kilobytes, seed};
  x.choose(number(3, 1000), number(4, 0), number(5, 100));
  x.flips();
  x.cuts();
  // Of those that take parts, one does what is quick.
  if (number(4, 0) == 0) {
    x.zero_pages();
    x.swaps();
    x.foreign(kilobytes, seed + 1);
  }
  x.report();
}
