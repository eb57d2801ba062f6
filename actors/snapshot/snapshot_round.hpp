#pragma once

#include "messages/sample.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace rrdflow {

/// Decides when a snapshot begins, and knows which parts of the running one are
/// still out. Time is handed in.
class snapshot_round {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// @param every the time between two beginnings.
  /// @param owners how many parts a snapshot has.
  /// @param newest_marker no marker up to here is used.
  snapshot_round(duration every, size_t owners, uint64_t newest_marker,
                 time_point now)
    : every_{every}, timeout_{timeout_for(every)}, owners_{owners},
      marker_{newest_marker}, begun_{now} {
    // nop
  }

  /// Sets the time between two beginnings.
  void every(duration x) noexcept {
    every_ = x;
    timeout_ = timeout_for(x);
  }

  bool running() const noexcept {
    return running_;
  }

  /// Whether a snapshot should begin: it is time, and the journal grew by half
  /// the last snapshot's size, unless one was `asked` for. A journal that does
  /// not grow at all may be full: then snapshots go on until the last two cover
  /// it, so that its segments can be deleted.
  bool due(time_point now, position journal_end, bool asked) const noexcept;

  /// Whether the running one takes so long that it should be given up.
  bool overdue(time_point now) const noexcept {
    return running_ && now - begun_ > timeout_;
  }

  /// Begins the next one and returns its marker.
  uint64_t begin(time_point now, position journal_end = 0);

  /// An owner's last piece is in.
  /// @returns whether all are.
  bool arrived(uint32_t owner);

  /// The running one is committed: `size` bytes, for the journal up to `at`.
  void committed(uint64_t size, position at);

  /// The running one is given up.
  void abandon() noexcept {
    running_ = false;
  }

  /// The marker of the running one, or of the last.
  uint64_t marker() const noexcept {
    return marker_;
  }

private:
  static duration timeout_for(duration every) noexcept {
    return std::max<duration>(every * 10, std::chrono::minutes{5});
  }

  duration every_;
  duration timeout_;
  size_t owners_;
  uint64_t marker_;
  time_point begun_;
  bool running_ = false;
  std::vector<uint32_t> done_;
  uint64_t last_size_ = 0;
  std::optional<position> last_position_;

  /// That of the snapshot before the last: the journal is covered up to here.
  position covered_ = 0;

  /// Where the journal ended when the last one began.
  position end_at_begin_ = 0;
};

} // namespace rrdflow
