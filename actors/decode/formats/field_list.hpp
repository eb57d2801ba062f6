#pragma once

#include "actors/decode/formats/known_keys.hpp"
#include "actors/decode/formats/scalar.hpp"
#include "actors/decode/payload_time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// The fields of one payload with their paths. Filled anew for each message;
/// its memory is kept, so that a message like an earlier one allocates nothing.
class field_list {
public:
  /// Longer paths could never be names of files.
  static constexpr size_t max_path = 2048;

  struct field {
    /// Null if the list keeps the path itself.
    const char* lasting_path;
    uint32_t path_at;
    uint32_t path_size;

    /// See `time_rank`.
    int16_t rank;

    /// The path is longer than `max_path` and was left out.
    bool overlong;
    scalar value;
  };

  void clear() noexcept {
    fields_.clear();
    paths_.clear();
  }

  void add(std::string_view path, const scalar& value) {
    auto overlong = path.size() > max_path;
    if (overlong)
      path = {};
    fields_.push_back({nullptr, static_cast<uint32_t>(paths_.size()),
                       static_cast<uint32_t>(path.size()), rank_of(path),
                       overlong, value});
    paths_.append(path);
  }

  /// @param rank that of the path
  /// @pre the path is not longer than `max_path`, and stays where it is while
  ///      the list is in use
  void add_lasting(std::string_view path, int16_t rank, const scalar& value) {
    fields_.push_back(
      {path.data(), 0, static_cast<uint32_t>(path.size()), rank, false, value});
  }

  /// Levels are separated by `/`. Valid until the next change of the list.
  std::string_view path(const field& x) const noexcept {
    auto* begin = x.lasting_path;
    return {begin != nullptr ? begin : paths_.data() + x.path_at, x.path_size};
  }

  auto begin() const noexcept {
    return fields_.begin();
  }

  auto end() const noexcept {
    return fields_.end();
  }

  const field& operator[](size_t index) const noexcept {
    return fields_[index];
  }

  size_t size() const noexcept {
    return fields_.size();
  }

  /// The keys of earlier payloads.
  known_keys& keys() noexcept {
    return keys_;
  }

private:
  static int16_t rank_of(std::string_view path) noexcept {
    return static_cast<int16_t>(time_rank(path));
  }

  std::vector<field> fields_;
  std::string paths_;
  known_keys keys_;
};

} // namespace rrdflow
