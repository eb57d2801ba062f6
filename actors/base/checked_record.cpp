#include "actors/base/checked_record.hpp"

namespace rrdflow {

namespace {

uint64_t check_of(const record_layout& x, const char* header,
                  std::string_view payload, uint64_t seed) noexcept {
  if (x.checked_from == x.header)
    return checksum(payload, seed);
  return checksum({header + x.checked_from,
                   x.header - x.checked_from + payload.size()},
                  seed);
}

} // namespace

uint32_t payload_size(const record_layout& x, const char* header) noexcept {
  uint32_t result = 0;
  std::memcpy(&result, header + x.length_at, sizeof(result));
  return result;
}

void seal_record(const record_layout& x, char* header, std::string_view payload,
                 uint64_t seed) noexcept {
  auto size = static_cast<uint32_t>(payload.size());
  std::memcpy(header + x.length_at, &size, sizeof(size));
  auto check = check_of(x, header, payload, seed);
  std::memcpy(header + x.check_at, &check, sizeof(check));
}

bool is_sound(const record_layout& x, const char* header,
              std::string_view payload, uint64_t seed) noexcept {
  uint64_t check = 0;
  std::memcpy(&check, header + x.check_at, sizeof(check));
  return payload_size(x, header) == payload.size()
         && check_of(x, header, payload, seed) == check;
}

void seal_record(const record_layout& x, std::string& out, size_t begin,
                 uint64_t seed) noexcept {
  auto header = out.data() + begin;
  seal_record(x, header, {header + x.header, out.size() - begin - x.header},
              seed);
}

} // namespace rrdflow
