#pragma once

#include "actors/decode/formats/scalar.hpp"

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
    uint32_t path_at;
    uint32_t path_size;
    scalar value;

    /// The path is longer than `max_path` and was left out.
    bool overlong;
  };

  void clear() noexcept {
    fields_.clear();
    paths_.clear();
  }

  void add(std::string_view path, const scalar& value) {
    auto overlong = path.size() > max_path;
    if (overlong)
      path = {};
    fields_.push_back({static_cast<uint32_t>(paths_.size()),
                       static_cast<uint32_t>(path.size()), value, overlong});
    paths_.append(path);
  }

  /// Levels are separated by `/`. Valid until the next change of the list.
  std::string_view path(const field& x) const noexcept {
    return {paths_.data() + x.path_at, x.path_size};
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

private:
  std::vector<field> fields_;
  std::string paths_;
};

} // namespace rrdflow
