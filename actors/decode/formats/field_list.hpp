#pragma once

#include "actors/decode/formats/scalar.hpp"
#include "actors/decode/payload_time.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

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

    /// See `time_field_priority`.
    int16_t priority = -1;
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
  void note(size_t place, std::string_view key, int16_t priority) {
    if (place >= max_places || key.size() > max_size)
      return;
    auto& x = keys_[place];
    x.quoted.assign(1, '"').append(key).append(1, '"');
    x.priority = priority;
  }

private:
  std::array<known_key, max_places> keys_;
};

/// The fields of one payload with their paths. Filled anew for each message;
/// its memory is kept, so that a message like an earlier one allocates nothing.
class field_list {
public:
  /// Longer paths could never be names of files.
  static constexpr size_t max_path = 2048;

  /// Of a field that cannot hold the message's time.
  static constexpr int16_t no_priority = -1;

  /// Of a field without a time of its own.
  static constexpr int64_t no_time = std::numeric_limits<int64_t>::min();

  struct field {
    /// Null if the list keeps the path itself.
    const char* lasting_path;
    uint32_t path_at;
    uint16_t path_size;

    /// So many bytes at the beginning of the path are said by the topic, too.
    uint16_t topic_size;

    /// See `time_field_priority`.
    int16_t priority;

    /// The path is longer than `max_path` and was left out.
    bool overlong;

    /// Of the reading, in nanoseconds since the epoch, or `no_time`: then the
    /// message's time counts.
    int64_t time;
    scalar value;
  };

  void clear() noexcept {
    size_ = 0;
    paths_.clear();
  }

  /// Adds a field that may hold the message's time, if its path says so.
  field& add(std::string_view path, const scalar& value) {
    return add(path, time_field_priority(path), value);
  }

  /// @returns the field, for what else is to be said of it
  field& add(std::string_view path, int16_t priority, const scalar& value) {
    auto overlong = path.size() > max_path;
    if (overlong)
      path = {};
    auto& x = next();
    x.lasting_path = nullptr;
    x.path_at = static_cast<uint32_t>(paths_.size());
    x.path_size = static_cast<uint16_t>(path.size());
    x.priority = overlong ? no_priority : priority;
    x.overlong = overlong;
    x.value = value;
    paths_.append(path);
    return x;
  }

  /// @pre the path is not longer than `max_path`, and stays where it is while
  ///      the list is in use
  void
  add_lasting(std::string_view path, int16_t priority, const scalar& value) {
    auto& x = next();
    x.lasting_path = path.data();
    x.path_size = static_cast<uint16_t>(path.size());
    x.priority = priority;
    x.overlong = false;
    x.value = value;
  }

  /// Where the field is in the payload; levels are separated by `/`. Does not
  /// repeat what the topic says. Valid until the next change of the list.
  std::string_view path(const field& x) const noexcept {
    return {begin_of(x) + x.topic_size, size_t{x.path_size} - x.topic_size};
  }

  /// The path with what the topic says: the same for any topic.
  std::string_view whole_path(const field& x) const noexcept {
    return {begin_of(x), x.path_size};
  }

  const field* begin() const noexcept {
    return fields_.data();
  }

  const field* end() const noexcept {
    return fields_.data() + size_;
  }

  const field& operator[](size_t index) const noexcept {
    return fields_[index];
  }

  size_t size() const noexcept {
    return size_;
  }

  /// The keys of earlier payloads.
  known_keys& keys() noexcept {
    return keys_;
  }

private:
  const char* begin_of(const field& x) const noexcept {
    return x.lasting_path != nullptr ? x.lasting_path
                                     : paths_.data() + x.path_at;
  }

  /// A field whose members are those of another one before, but for these.
  field& next() {
    if (size_ == fields_.size())
      fields_.resize(std::max<size_t>(16, size_ * 2));
    auto& result = fields_[size_++];
    result.topic_size = 0;
    result.time = no_time;
    return result;
  }

  /// Those behind `size_` wait to be used again.
  std::vector<field> fields_;
  size_t size_ = 0;
  std::string paths_;
  known_keys keys_;
};

} // namespace rrdflow
