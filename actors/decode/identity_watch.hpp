#pragma once

#include <tsl/robin_map.h>

#include <cstddef>
#include <cstdint>

namespace rrdflow {

/// Finds places (a topic and fields such as `id`, as a hash) where the values
/// of several devices take turns: an identity comes back after another one was
/// there. One that only changes is a device that was replaced or renamed; one
/// that never comes back counts messages.
///
/// Concurrency: one thread.
class identity_watch {
public:
  /// Further places are not watched.
  static constexpr size_t max_places = 65536;

  /// @param value a hash of the fields' values
  /// @returns whether this shows that identities take turns, once for a place
  bool note(uint64_t place, uint32_t value);

private:
  struct seen {
    uint32_t first = 0;
    uint32_t last = 0;
    bool told = false;
  };

  tsl::robin_map<uint64_t, seen> places_;
};

} // namespace rrdflow
