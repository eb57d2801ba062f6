#pragma once

#include "actors/decode/rule_set.hpp"

#include <tsl/robin_set.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// What is known about a field of a topic.
enum class slot_state : uint8_t {
  /// The field is not stored.
  unused,
  /// Its series was not asked for yet.
  unresolved,
  /// The CATALOG was asked.
  asked,
  /// It has a file.
  resolved,
  /// It has none; `refused` says why.
  refused,
};

/// One field of a topic and the series it goes to. Several slots in a row have
/// the same path if several sources take the field.
struct topic_slot {
  static constexpr uint32_t no_time = 0xffffffff;

  uint32_t path_at = 0;
  uint32_t path_size = 0;
  uint32_t kind = rule_set::no_kind;
  file_id file = 0;

  /// The last message with this field, to find fields that stand twice.
  uint32_t stamp = 0;

  /// The arrival of its last sample, in seconds.
  uint32_t last_seen = 0;

  /// Index of the series' last time, if these are kept.
  uint32_t time_index = no_time;

  uint16_t source = 0;
  uint16_t shard = 0;
  slot_state state = slot_state::unused;
  refusal refused = refusal::none;

  /// The next slot has the same path.
  bool more = false;
};

/// The fields of one topic, in the order they were met in.
class slot_list {
public:
  static constexpr size_t npos = static_cast<size_t>(-1);

  /// Finds the first slot of `path`, beginning at slot `hint`, where a message
  /// that looks like the one before has it.
  size_t find(std::string_view path, size_t hint) const noexcept;

  /// Appends slots for a new path, one for each of `kinds`, or an unused one.
  size_t add(std::string_view path, const std::vector<uint32_t>& kinds);

  /// Removes all slots without a file.
  void sweep();

  std::string_view path(const topic_slot& x) const noexcept {
    return {paths_.data() + x.path_at, x.path_size};
  }

  topic_slot& operator[](size_t index) noexcept {
    return slots_[index];
  }

  size_t size() const noexcept {
    return slots_.size();
  }

  auto begin() noexcept {
    return slots_.begin();
  }

  auto end() noexcept {
    return slots_.end();
  }

private:
  void index_path(size_t slot);

  std::vector<topic_slot> slots_;
  std::string paths_;

  /// Hash table of first slots (plus one; 0 is free) by path; only of topics
  /// with many fields.
  std::vector<uint32_t> index_;
};

/// All that is known about a topic.
struct topic_entry {
  std::string topic;
  topic_route route;

  /// The fields as the rule takes them.
  slot_list fields;

  /// The fields as sources of [[rrd]]s take them; few topics have any.
  std::unique_ptr<slot_list> sources;
};

/// The topics met so far. A look-up costs one hash of the topic.
class topic_table {
public:
  /// The topic's hash, for `find` and `add`.
  static size_t hash(std::string_view topic) noexcept;

  /// @returns null if the topic is new.
  topic_entry* find(std::string_view topic, size_t hash) noexcept;

  /// Entries stay where they are until they are forgotten.
  topic_entry& add(std::string_view topic, topic_route route);

  void clear();

  /// Forgets topics that got no file: the oldest, until so many newer ones are
  /// left. A step at a time, so that a flood of them is no pause.
  /// @returns how many entries and slots are gone.
  size_t forget_strangers(size_t keep);

  /// Removes slots that have no file, and topics without any left.
  void sweep();

  size_t size() const noexcept {
    return entries_.size();
  }

  /// Calls `f` with every topic's entry and each of its lists of slots.
  template <class F>
  void for_each(F f) {
    for (auto& x : entries_) {
      f(*x, x->fields);
      if (x->sources != nullptr)
        f(*x, *x->sources);
    }
  }

private:
  using entry_ptr = std::unique_ptr<topic_entry>;

  struct hasher {
    using is_transparent = void;
    size_t operator()(std::string_view x) const noexcept;
    size_t operator()(const entry_ptr& x) const noexcept;
  };

  struct equal {
    using is_transparent = void;
    bool operator()(const entry_ptr& x, const entry_ptr& y) const noexcept;
    bool operator()(std::string_view x, const entry_ptr& y) const noexcept;
    bool operator()(const entry_ptr& x, std::string_view y) const noexcept;
  };

  tsl::robin_set<entry_ptr, hasher, equal, std::allocator<entry_ptr>, true>
    entries_;

  /// Topics in the order they came in, until it is known whether they stay.
  std::deque<topic_entry*> newcomers_;
};

} // namespace rrdflow
