#pragma once

#include "actors/base/slab_allocator.hpp"
#include "actors/decode/field_map.hpp"
#include "actors/decode/path_pool.hpp"
#include "actors/decode/rule_set.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

namespace rrdflow {

/// The sources of [[rrd]]s that take from a topic, and its fields as these take
/// them.
struct topic_sources {
  std::vector<uint32_t> kinds;
  field_map fields;
};

/// All that is known about a topic, whose text follows it in memory: a message
/// touches two or three neighbouring lines of the cache, and no more.
struct topic_entry {
  /// As the rule takes them. Seven bytes of it are free for what comes next.
  [[no_unique_address]] field_map fields;

  bool janitoo = false;
  uint16_t topic_size = 0;

  /// See topic_route.
  uint32_t rule = topic_route::no_rule;
  uint32_t identifier = 0;

  /// Few topics have any.
  std::unique_ptr<topic_sources> sources;

  std::string_view topic() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), topic_size};
  }
};

static_assert(sizeof(topic_entry) == 56, "what a million topics can afford");

/// The topics met so far.
///
/// Operation: open addressing with linear probing. A bucket is the address of
/// an entry with 16 bits of the hash in the upper bits, which user space does
/// not use: what is not wanted is hardly ever looked at. With many topics both
/// the bucket and the entry come from memory, so that a look-up is mostly
/// waiting; `fetch_bucket`, `fetch_entry` and `fetch_slots`, called for some
/// topics in this order, make these waits overlap.
/// Concurrency: one thread.
class topic_table {
public:
  /// @param seed of the hash: whoever does not know it cannot make topics
  ///             collide
  explicit topic_table(uint64_t seed) noexcept : seed_{seed} {
    // nop
  }

  topic_table(const topic_table&) = delete;
  topic_table& operator=(const topic_table&) = delete;
  ~topic_table();

  /// The topic's hash, for the members below.
  uint64_t hash(std::string_view topic) const noexcept;

  /// @returns null if the topic is new.
  topic_entry* find(std::string_view topic, uint64_t hash) noexcept;

  void fetch_bucket(uint64_t hash) const noexcept;
  void fetch_entry(uint64_t hash) const noexcept;
  void fetch_slots(uint64_t hash) const noexcept;

  /// Entries stay where they are until they are forgotten.
  /// @pre the topic is new, and of at most 65535 bytes
  topic_entry& add(std::string_view topic, topic_route route);

  void clear() noexcept;

  /// Forgets topics that got no file: the oldest, until so many newer ones are
  /// left. A step at a time, so that a flood of them is no pause.
  /// @returns how many entries and slots are gone.
  size_t forget_strangers(size_t keep);

  /// Removes slots that have no file, and topics without any left.
  void sweep();

  size_t size() const noexcept {
    return size_;
  }

  /// Topics of which it is open whether they stay.
  size_t newcomers() const noexcept {
    return newcomers_.size();
  }

  /// The paths of all fields.
  path_pool& paths() noexcept {
    return paths_;
  }

  /// Calls `f` with every topic's entry and each of its lists of slots.
  template <class F>
  void for_each(F f) {
    for (auto x : buckets_) {
      if (x == 0)
        continue;
      auto& entry = *entry_of(x);
      f(entry, entry.fields);
      if (entry.sources != nullptr)
        f(entry, entry.sources->fields);
    }
  }

private:
  using bucket = uint64_t;

  static topic_entry* entry_of(bucket x) noexcept;
  static void destroy(topic_entry* x) noexcept;

  /// The first `wanted` entry of those whose buckets have the hash's tag.
  template <class F>
  topic_entry* probe(uint64_t hash, F wanted) const noexcept;

  /// The first entry whose bucket has the hash's tag, most probably the right
  /// one; null if there is none.
  const topic_entry* probable(uint64_t hash) const noexcept;

  void insert(topic_entry* x, uint64_t hash) noexcept;
  void erase(topic_entry& x) noexcept;
  void rehash(size_t places);

  uint64_t seed_;
  path_pool paths_;

  /// Of the entries: among what is needed only while series are asked for, they
  /// would leave holes in the heap.
  slab_allocator pieces_;

  /// A power of two of them, or none.
  std::vector<bucket> buckets_;
  size_t size_ = 0;

  /// Topics in the order they came in, until it is known whether they stay.
  std::deque<topic_entry*> newcomers_;
};

} // namespace rrdflow
