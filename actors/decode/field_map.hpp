#pragma once

#include "actors/decode/fast_equal.hpp"
#include "actors/decode/path_pool.hpp"
#include "messages/catalog_values.hpp"
#include "messages/sample.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>
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
  static constexpr uint32_t no_kind = 0xffffffff;

  path_ref path;
  uint32_t kind = no_kind;
  file_id file = 0;

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

static_assert(sizeof(topic_slot) == 32, "what a million series can afford");

/// The fields of one topic, in the order they were met in. The only field of a
/// topic lies in the list itself.
class field_map {
public:
  static constexpr size_t npos = static_cast<size_t>(-1);

  /// Finds the first slot of `path`, beginning at slot `hint`, where a message
  /// that looks like the one before has it.
  size_t find(std::string_view path, size_t hint) const noexcept {
    if (hint < size() && same_text(data()[hint].path.text(), path))
      return hint;
    return search(path);
  }

  /// Appends slots for a new path, one for each of `kinds`, or an unused one.
  size_t add(path_ref path, const std::vector<uint32_t>& kinds);

  /// Removes all slots without a file.
  void sweep();

  std::string_view path(const topic_slot& x) const noexcept {
    return x.path.text();
  }

  /// The slots, in a row. Valid until the next change of the list.
  const topic_slot* data() const noexcept {
    if (auto* x = std::get_if<many>(&slots_))
      return x->slots.data();
    return std::get_if<topic_slot>(&slots_);
  }

  topic_slot* data() noexcept {
    return const_cast<topic_slot*>(std::as_const(*this).data());
  }

  size_t size() const noexcept {
    if (auto* x = std::get_if<many>(&slots_))
      return x->slots.size();
    return slots_.index() == 0 ? 0 : 1;
  }

  /// The one slot of a list that has no other, else null.
  topic_slot* only() noexcept {
    return std::get_if<topic_slot>(&slots_);
  }

  topic_slot& operator[](size_t index) noexcept {
    return data()[index];
  }

  topic_slot* begin() noexcept {
    return data();
  }

  topic_slot* end() noexcept {
    return data() + size();
  }

  bool has_file() const noexcept;

  /// Has slots that lie elsewhere come from memory while something else is
  /// done.
  void prefetch() const noexcept;

private:
  struct many {
    std::vector<topic_slot> slots;

    /// Hash table of first slots (plus one; 0 is free) by path; only of topics
    /// with many fields.
    std::unique_ptr<std::vector<uint32_t>> index;
  };

  size_t search(std::string_view path) const noexcept;
  void append(topic_slot x);
  void note(size_t first);
  static void note(many& xs, size_t first);

  [[no_unique_address]] std::variant<std::monostate, topic_slot, many> slots_;
};

} // namespace rrdflow
