#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace rrdflow {

/// The checksum of every format in the store: XXH3 of 64 bits.
inline uint64_t checksum(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

/// The same with a seed, which binds the bytes to their place.
inline uint64_t checksum(std::string_view bytes, uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

/// The bytes of a number, or of a struct of numbers without padding.
template <class T>
std::string_view bytes_of(const T& x) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<const char*>(&x), sizeof(T)};
}

/// Appends numbers (little endian) and strings (u32 length, bytes) to a string.
class byte_writer {
public:
  explicit byte_writer(std::string& out) : out_{&out} {
    // nop
  }

  template <class T>
  void number(T x) {
    static_assert(std::is_arithmetic_v<T>);
    out_->append(bytes_of(x));
  }

  void text(std::string_view x) {
    number(static_cast<uint32_t>(x.size()));
    out_->append(x);
  }

private:
  std::string* out_;
};

/// Takes apart what a `byte_writer` wrote. After a read past the end all
/// further values are empty and `good()` is false.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : left_{bytes} {
    // nop
  }

  template <class T>
  T number() {
    static_assert(std::is_arithmetic_v<T>);
    T result{};
    if (auto bytes = take(sizeof(T)); good_)
      std::memcpy(&result, bytes.data(), sizeof(T));
    return result;
  }

  std::string_view text() {
    return take(number<uint32_t>());
  }

  std::string_view take(size_t n) {
    good_ = good_ && n <= left_.size();
    if (!good_)
      return {};
    auto result = left_.substr(0, n);
    left_.remove_prefix(n);
    return result;
  }

  /// Whether nothing was missing.
  bool good() const noexcept {
    return good_;
  }

  /// Whether all was read, and nothing was missing.
  bool done() const noexcept {
    return good_ && left_.empty();
  }

  /// What is not read yet.
  std::string_view rest() const noexcept {
    return left_;
  }

private:
  std::string_view left_;
  bool good_ = true;
};

/// Where the records of a format have what. A record is a header, which ends
/// with or contains the payload's length (u32) and a checksum (u64), and the
/// payload. Numbers are offsets and sizes in bytes.
///
/// The journal's records are not of this kind: they are written in place, by
/// any thread, in a few dozen nanoseconds, their length counts the header, and
/// their checksum covers their padding. They share `checksum` alone.
struct record_layout {
  size_t header;
  size_t length_at;
  size_t check_at;

  /// The checksum covers what is between here and the end of the record. If
  /// that includes a part of the header, header and payload must be one piece
  /// of memory.
  size_t checked_from;

  /// A longer payload is none.
  size_t max_payload;
};

/// The size of the payload, as a record's header has it.
uint32_t payload_size(const record_layout& x, const char* header) noexcept;

/// Completes a header, of which all but length and checksum is written.
void seal_record(const record_layout& x, char* header, std::string_view payload,
                 uint64_t seed) noexcept;

/// Whether a header is that of this payload.
bool is_sound(const record_layout& x, const char* header,
              std::string_view payload, uint64_t seed) noexcept;

/// Completes the record that begins at `begin` and ends `out`.
void seal_record(const record_layout& x, std::string& out, size_t begin,
                 uint64_t seed) noexcept;

/// The payload of the record at the front of `bytes`, if that is whole and
/// sound. `seed_of` is called with its header.
template <class F>
std::optional<std::string_view>
payload_at(const record_layout& x, std::string_view bytes, F seed_of) {
  if (bytes.size() < x.header)
    return std::nullopt;
  auto size = payload_size(x, bytes.data());
  if (size > x.max_payload || size > bytes.size() - x.header)
    return std::nullopt;
  auto payload = bytes.substr(x.header, size);
  if (!is_sound(x, bytes.data(), payload, seed_of(bytes.data())))
    return std::nullopt;
  return payload;
}

/// Passes over damage: the first place from `at` on, but before `limit`, where
/// `is_record(place)` is true; `limit` if there is none. Records begin at
/// multiples of `step`, counted from `at`.
template <class F>
size_t find_record(size_t at, size_t limit, size_t step, F is_record) {
  while (at < limit && !is_record(at))
    at += step;
  return at < limit ? at : limit;
}

} // namespace rrdflow
