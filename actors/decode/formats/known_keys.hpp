#pragma once

#include "actors/decode/payload_time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace rrdflow {

/// The keys of the objects that were read last, by their place: devices of a
/// kind send the same keys in the same order, so that it is enough to compare
/// bytes instead of looking at each of them.
class known_keys {
public:
  /// Keys further back or longer ones are not remembered.
  static constexpr size_t max_places = 64;
  static constexpr size_t max_size = 64;

  struct known_key {
    /// With the quotes around it.
    std::string quoted;

    /// See `time_rank`.
    int16_t rank = -1;

    std::string_view text() const noexcept {
      return {quoted.data() + 1, quoted.size() - 2};
    }
  };

  /// The key at that place if [at, end) begins with it, else null.
  const known_key*
  find(size_t place, const char* at, const char* end) const noexcept {
    if (place >= max_places)
      return nullptr;
    auto& x = keys_[place];
    if (x.quoted.empty() || static_cast<size_t>(end - at) < x.quoted.size()
        || std::memcmp(at, x.quoted.data(), x.quoted.size()) != 0)
      return nullptr;
    return &x;
  }

  /// Remembers a key without escapes.
  void note(size_t place, std::string_view key, int16_t rank) {
    if (place >= max_places || key.size() > max_size)
      return;
    auto& x = keys_[place];
    x.quoted.assign(1, '"').append(key).append(1, '"');
    x.rank = rank;
  }

private:
  std::array<known_key, max_places> keys_;
};

} // namespace rrdflow
