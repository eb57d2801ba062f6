#pragma once

#include "actors/base/slab_allocator.hpp"
#include "actors/decode/field_map.hpp"
#include "actors/decode/rule_set.hpp"

#include <array>
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
  /// Indexes of the rules' source groups.
  std::vector<uint32_t> groups;
  field_map fields;
};

/// All that is known about a topic, whose text follows it in memory: a message
/// touches two or three neighbouring lines of the cache, and no more.
struct topic_entry {
  /// As the rule takes them. Seven bytes of it are free for what comes next.
  [[no_unique_address]] field_map fields;

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
/// waiting; `prefetch` makes the waits of the next look-ups overlap.
/// Concurrency: one thread.
class topic_table {
public:
  /// So many look-ups overlap: more than a core has loads under way.
  static constexpr size_t max_prefetched = 32;

  /// @param seed Of the hash: a sender that does not know it cannot make topics
  ///             collide.
  explicit topic_table(uint64_t seed) noexcept : seed_{seed} {
    // nop
  }

  topic_table(const topic_table&) = delete;
  topic_table& operator=(const topic_table&) = delete;
  ~topic_table();

  uint64_t hash(std::string_view topic) const noexcept;

  /// Fetches what is known about these topics into the cache, for the next
  /// calls of `find`, which should come in this order. Does no harm if others
  /// come.
  /// @param n at most `max_prefetched`
  void prefetch(const std::string_view* topics, size_t n) noexcept;

  /// Whether some topics of the last `prefetch` were not looked for yet.
  bool has_prefetched() const noexcept {
    return next_prefetched_ < prefetched_size_;
  }

  /// @returns null if the topic is new.
  topic_entry* find(std::string_view topic) noexcept;

  /// Entries stay where they are until they are forgotten.
  /// @pre the topic is new, and of at most 65535 bytes
  topic_entry& add(std::string_view topic, topic_route route);

  /// Adds a field to a map of one of the entries.
  /// @returns the index of its first binding
  size_t add_field(field_map& fields, std::string_view path,
                   const std::vector<uint32_t>& mappings);

  void clear() noexcept;

  /// Bounds the table. Forgets the oldest unbound topics, those without a file,
  /// until `max_unbound` are left; evicts incrementally to bound the pause. If
  /// there are more than `max_size` topics and bindings then, forgets all that
  /// have no file, or all.
  void tidy(size_t max_unbound, size_t max_size) {
    if (unbound_.size() > max_unbound || size_ + bindings_ > max_size)
      forget_some(max_unbound, max_size);
  }

  /// Topics.
  size_t size() const noexcept {
    return size_;
  }

  /// Paths that some topic has.
  size_t paths() const noexcept {
    return paths_.size();
  }

  /// Calls `f` with every topic's entry and each of its field maps.
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

  struct prefetched_topic {
    std::string_view topic;
    uint64_t hash;
  };

  static topic_entry* entry_of(bucket x) noexcept;
  static void destroy(topic_entry* x) noexcept;

  /// The first `wanted` entry of those whose buckets have the hash's tag.
  template <class F>
  topic_entry* probe(uint64_t hash, F wanted) const noexcept;

  /// The first entry whose bucket has the hash's tag, most probably the right
  /// one; null if there is none.
  const topic_entry* probable(uint64_t hash) const noexcept;

  topic_entry* find(std::string_view topic, uint64_t hash) const noexcept;
  void forget_some(size_t max_unbound, size_t max_size);
  void sweep();
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

  /// Of all topics.
  size_t bindings_ = 0;

  /// Topics in the order they came in, until it is known whether they stay.
  std::deque<topic_entry*> unbound_;

  std::array<prefetched_topic, max_prefetched> prefetched_;
  size_t next_prefetched_ = 0;
  size_t prefetched_size_ = 0;
};

} // namespace rrdflow
