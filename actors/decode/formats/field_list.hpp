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

    /// See `field_role`.
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
/// Records are parts of a payload that are decoded like messages of their own;
/// record 0 is what lies in none of them.
class field_list {
public:
  /// Longer paths could never be names of files.
  static constexpr size_t max_path = 2048;

  /// Of a field that cannot hold the message's time.
  static constexpr int16_t no_priority = no_role;

  /// Of a field without a time of its own.
  static constexpr int64_t no_time = std::numeric_limits<int64_t>::min();

  struct field {
    /// Null if the list keeps the path itself.
    const char* lasting_path;
    uint32_t path_at;
    uint16_t path_size;

    /// So many bytes at the beginning of the path are said by the topic, too.
    uint16_t topic_size;

    /// See `field_role`.
    int16_t priority;

    /// The path is longer than `max_path` and was left out.
    bool overlong;

    /// The record that it belongs to.
    uint32_t record;

    /// Of the reading, in nanoseconds since the epoch, or `no_time`: then the
    /// message's time counts.
    int64_t time;
    scalar value;
  };

  void clear() noexcept {
    size_ = 0;
    paths_.clear();
    records_.clear();
    record_ = 0;
  }

  /// Adds a field that may hold its record's time, if its path in the record
  /// says so.
  field& add(std::string_view path, const scalar& value) {
    return add(path, field_role(path.substr(std::min(prefix(), path.size()))),
               value);
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

  /// The fields that follow belong to a new record inside the one at hand.
  /// @param prefix so many bytes of their paths say where the record is
  /// @returns the one at hand, for `leave_record`
  uint32_t enter_record(size_t prefix) {
    records_.push_back({record_, static_cast<uint32_t>(prefix)});
    auto result = record_;
    record_ = static_cast<uint32_t>(records_.size());
    return result;
  }

  void leave_record(uint32_t outer) noexcept {
    record_ = outer;
  }

  /// Record 0 included.
  size_t records() const noexcept {
    return records_.size() + 1;
  }

  /// The record around a record that is not record 0.
  uint32_t outer_record(uint32_t x) const noexcept {
    return records_[x - 1].outer;
  }

  /// Where the field is in its record.
  std::string_view path_in_record(const field& x) const noexcept {
    auto result = path(x);
    auto size = x.record == 0 ? 0 : records_[x.record - 1].prefix;
    result.remove_prefix(std::min<size_t>(size, result.size()));
    return result;
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
  struct record {
    uint32_t outer;
    uint32_t prefix;
  };

  size_t prefix() const noexcept {
    return record_ == 0 ? 0 : records_[record_ - 1].prefix;
  }

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
    result.record = record_;
    return result;
  }

  /// Those behind `size_` wait to be used again.
  std::vector<field> fields_;
  size_t size_ = 0;
  std::string paths_;
  std::vector<record> records_;

  /// The one at hand.
  uint32_t record_ = 0;
  known_keys keys_;
};

} // namespace rrdflow
