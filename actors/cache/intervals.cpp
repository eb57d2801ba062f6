#include "actors/cache/intervals.hpp"

namespace rrdflow {

int64_t reading_interval::usual() const noexcept {
  return (rounded_up().eighths() + 7) / 8;
}

int64_t heartbeat_of(uint8_t code, const source_definition& source,
                     int64_t step) noexcept {
  auto result = code == reading_interval::one_hour
                  ? 3600
                  : (coded_interval{code}.eighths() + 7) / 8;
  return std::max(std::min(result, source.heartbeat_max), 2 * step);
}

} // namespace rrdflow
