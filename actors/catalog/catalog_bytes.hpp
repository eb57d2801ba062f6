#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace rrdflow {

/// Appends numbers (little endian) and strings (u32 length, bytes) to a string.
class catalog_writer {
public:
  explicit catalog_writer(std::string& out) : out_{&out} {
    // nop
  }

  template <class T>
  void number(T x) {
    static_assert(std::is_arithmetic<T>::value);
    char bytes[sizeof(T)];
    std::memcpy(bytes, &x, sizeof(T));
    out_->append(bytes, sizeof(T));
  }

  void text(std::string_view x) {
    number(static_cast<uint32_t>(x.size()));
    out_->append(x);
  }

private:
  std::string* out_;
};

/// Takes apart what a `catalog_writer` wrote. After a read past the end all
/// further values are empty and `good()` is false.
class catalog_reader {
public:
  explicit catalog_reader(std::string_view bytes) : left_{bytes} {
    // nop
  }

  template <class T>
  T number() {
    T result{};
    auto bytes = take(sizeof(T));
    if (good_)
      std::memcpy(&result, bytes.data(), sizeof(T));
    return result;
  }

  std::string_view text() {
    return take(number<uint32_t>());
  }

  /// Whether nothing was missing.
  bool good() const noexcept {
    return good_;
  }

  /// Whether all was read, and nothing was missing.
  bool done() const noexcept {
    return good_ && left_.empty();
  }

  size_t left() const noexcept {
    return left_.size();
  }

private:
  std::string_view take(size_t n) {
    good_ = good_ && n <= left_.size();
    if (!good_)
      return {};
    auto result = left_.substr(0, n);
    left_.remove_prefix(n);
    return result;
  }

  std::string_view left_;
  bool good_ = true;
};

} // namespace rrdflow
