#include "actors/decode/topic_table.hpp"

// The topics' hash, without a call for each of them.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <new>
#include <utility>

namespace rrdflow {

namespace {

constexpr unsigned tag_shift = 48;
constexpr uint64_t address_mask = (uint64_t{1} << tag_shift) - 1;
constexpr size_t min_places = 16;
constexpr size_t cache_line = 64;

/// Entries that are prefetched when all are moved.
constexpr size_t ahead = 16;

/// Grows at 7/10.
constexpr bool is_full(size_t entries, size_t places) noexcept {
  return entries * 10 >= places * 7;
}

/// Prefetches all lines that some bytes lie in. Always inlined: g++ 12 drops
/// calls of functions that do nothing but prefetch.
[[gnu::always_inline]] inline void
fetch(const void* begin, size_t size) noexcept {
  auto first = reinterpret_cast<uintptr_t>(begin) / cache_line;
  auto last = (reinterpret_cast<uintptr_t>(begin) + size - 1) / cache_line;
  for (auto line = first; line <= last; ++line)
    __builtin_prefetch(reinterpret_cast<const void*>(line * cache_line));
}

} // namespace

topic_table::~topic_table() {
  clear();
}

topic_entry* topic_table::entry_of(bucket x) noexcept {
  return reinterpret_cast<topic_entry*>(x & address_mask);
}

void topic_table::destroy(topic_entry* x) noexcept {
  auto bytes = sizeof(topic_entry) + x->topic_size;
  x->~topic_entry();
  slab_allocator::release(x, bytes);
}

uint64_t topic_table::hash(std::string_view topic) const noexcept {
  return XXH3_64bits_withSeed(topic.data(), topic.size(), seed_);
}

template <class F>
topic_entry* topic_table::probe(uint64_t hash, F wanted) const noexcept {
  if (buckets_.empty())
    return nullptr;
  auto mask = buckets_.size() - 1;
  auto tag = hash >> tag_shift;
  for (auto i = hash & mask; buckets_[i] != 0; i = (i + 1) & mask)
    if (buckets_[i] >> tag_shift == tag)
      if (auto* x = entry_of(buckets_[i]); wanted(*x))
        return x;
  return nullptr;
}

topic_entry*
topic_table::find(std::string_view topic, uint64_t hash) const noexcept {
  return probe(hash, [=](const topic_entry& x) { return x.topic() == topic; });
}

topic_entry* topic_table::find(std::string_view topic) noexcept {
  if (has_prefetched()) {
    auto& x = prefetched_[next_prefetched_++];
    // The bytes may have changed since: then nothing is found with this hash.
    if (x.topic.data() != topic.data())
      prefetched_size_ = 0;
    else if (auto* result = find(topic, x.hash))
      return result;
  }
  return find(topic, hash(topic));
}

const topic_entry* topic_table::probable(uint64_t hash) const noexcept {
  return probe(hash, [](const topic_entry&) { return true; });
}

void topic_table::prefetch(const std::string_view* topics, size_t n) noexcept {
  constexpr size_t usual_topic = 40;
  if (buckets_.empty())
    return;
  // In three rounds: what a round looks at was fetched by the one before.
  for (size_t i = 0; i < n; ++i) {
    auto& x = prefetched_[i];
    x = {topics[i], hash(topics[i])};
    __builtin_prefetch(&buckets_[x.hash & (buckets_.size() - 1)]);
  }
  for (size_t i = 0; i < n; ++i)
    if (auto* x = probable(prefetched_[i].hash))
      fetch(x, sizeof(topic_entry) + usual_topic);
  for (size_t i = 0; i < n; ++i) {
    auto* x = probable(prefetched_[i].hash);
    if (x == nullptr)
      continue;
    x->fields.prefetch();
    if (x->sources != nullptr)
      fetch(x->sources.get(), sizeof(topic_sources));
  }
  next_prefetched_ = 0;
  prefetched_size_ = n;
}

void topic_table::insert(topic_entry* x, uint64_t hash) noexcept {
  auto mask = buckets_.size() - 1;
  auto i = hash & mask;
  while (buckets_[i] != 0)
    i = (i + 1) & mask;
  buckets_[i] = reinterpret_cast<uintptr_t>(x) | hash >> tag_shift << tag_shift;
}

void topic_table::rehash(size_t places) {
  std::vector<bucket> old(places, 0);
  buckets_.swap(old);
  for (size_t i = 0; i < old.size(); ++i) {
    if (i + ahead < old.size())
      fetch(entry_of(old[i + ahead]), 2 * cache_line);
    if (old[i] != 0)
      insert(entry_of(old[i]), hash(entry_of(old[i])->topic()));
  }
}

topic_entry& topic_table::add(std::string_view topic, topic_route route) {
  if (is_full(size_ + 1, buckets_.size()))
    rehash(std::max(buckets_.size() * 2, min_places));
  std::unique_ptr<topic_sources> sources;
  if (!route.sources.empty()) {
    sources = std::make_unique<topic_sources>();
    sources->groups = std::move(route.sources);
  }
  auto size = sizeof(topic_entry) + topic.size();
  auto bytes = pieces_.allocate(size);
  try {
    if ((reinterpret_cast<uintptr_t>(bytes) & ~address_mask) != 0)
      throw std::bad_alloc{};
    unbound_.push_back(static_cast<topic_entry*>(bytes));
  } catch (...) {
    slab_allocator::release(bytes, size);
    throw;
  }
  auto* x = new (bytes) topic_entry;
  x->sources = std::move(sources);
  x->rule = route.rule;
  x->identifier = route.identifier;
  x->topic_size = static_cast<uint16_t>(topic.size());
  std::memcpy(static_cast<void*>(x + 1), topic.data(), topic.size());
  insert(x, hash(topic));
  ++size_;
  return *x;
}

size_t topic_table::add_field(field_map& fields, std::string_view path,
                              const std::vector<uint32_t>& mappings) {
  bindings_ += std::max<size_t>(mappings.size(), 1);
  return fields.add(paths_.get_or_create(path), mappings);
}

void topic_table::clear() noexcept {
  unbound_.clear();
  for (auto x : std::exchange(buckets_, {}))
    if (x != 0)
      destroy(entry_of(x));
  size_ = 0;
  bindings_ = 0;
}

/// Moves those up that an empty bucket would cut off.
void topic_table::erase(topic_entry& x) noexcept {
  auto mask = buckets_.size() - 1;
  auto hole = hash(x.topic()) & mask;
  while (entry_of(buckets_[hole]) != &x)
    hole = (hole + 1) & mask;
  for (auto i = (hole + 1) & mask; buckets_[i] != 0; i = (i + 1) & mask) {
    auto home = hash(entry_of(buckets_[i])->topic()) & mask;
    // How far each of them is from its home, going up.
    if (((i - home) & mask) < ((i - hole) & mask))
      continue;
    buckets_[hole] = buckets_[i];
    hole = i;
  }
  buckets_[hole] = 0;
  --size_;
  destroy(&x);
}

void topic_table::forget_some(size_t max_unbound, size_t max_size) {
  while (unbound_.size() > max_unbound) {
    auto& x = *unbound_.front();
    unbound_.pop_front();
    if (x.fields.has_file() || (x.sources && x.sources->fields.has_file()))
      continue;
    bindings_ -= x.fields.size() + (x.sources ? x.sources->fields.size() : 0);
    erase(x);
  }
  if (size_ + bindings_ <= max_size)
    return;
  sweep();
  // Many topics that share their series.
  if (size_ + bindings_ > max_size / 4 * 3)
    clear();
}

/// Removes bindings that have no file, and topics without any left.
void topic_table::sweep() {
  unbound_.clear();
  bindings_ = 0;
  std::vector<topic_entry*> gone;
  for (auto b : buckets_) {
    if (b == 0)
      continue;
    auto* x = entry_of(b);
    x->fields.sweep();
    auto left = x->fields.size();
    if (x->sources) {
      x->sources->fields.sweep();
      left += x->sources->fields.size();
    }
    bindings_ += left;
    if (left == 0)
      gone.push_back(x);
  }
  for (auto* x : gone)
    erase(*x);
}

} // namespace rrdflow
