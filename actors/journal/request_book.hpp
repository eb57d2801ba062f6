#pragma once

#include "messages/request.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>

namespace rrdflow {

/// Requests that the flow works on, each in some shares.
class request_book {
public:
  /// Failures that an outcome names; of more only the number is told.
  static constexpr size_t max_failures = 100;

  /// From now on shares of this request are expected.
  void open(uint64_t number);

  /// Takes in one of `shares` shares. Answers the sum of all when it was the
  /// last. Shares of unknown requests (replayed ones) are ignored.
  std::optional<request_outcome>
  done(uint64_t number, uint32_t shares, request_outcome outcome);

  size_t size() const noexcept {
    return xs_.size();
  }

private:
  struct entry {
    uint32_t shares = 0;
    uint64_t unnamed = 0;
    request_outcome sum;
  };

  std::unordered_map<uint64_t, entry> xs_;
};

} // namespace rrdflow
