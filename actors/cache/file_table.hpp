#pragma once

#include "actors/base/definition_table.hpp"
#include "actors/base/mapped_memory.hpp"
#include "actors/cache/cached_file.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace rrdflow {

/// The files of a shard, and all memory that they take: 84 bytes for a file of
/// one source that has no rows. References stay valid until a file is removed.
///
/// Concurrency: none; one shard owns it.
class file_table {
public:
  file_table() = default;
  file_table(const file_table&) = delete;
  file_table& operator=(const file_table&) = delete;
  ~file_table();

  /// Null if the file is unknown.
  cached_file* find(file_id id) noexcept {
    return id < index_.size() && index_[id] != none ? &at(index_[id]) : nullptr;
  }

  /// Adds a file without rows, readings and past.
  /// @pre `id` is unknown
  cached_file& add(file_id id, const definition_ptr& definition);

  void remove(cached_file& x);

  // Files live at [0, places()); where `in_use` is false there is none.

  size_t places() const noexcept {
    return places_;
  }

  cached_file& at(size_t place) noexcept {
    return blocks_[place / block_files].files[place % block_files];
  }

  size_t place_of(const cached_file& x) const noexcept {
    return index_[x.id];
  }

  size_t size() const noexcept {
    return places_ - free_.size();
  }

  // -- of a file --------------------------------------------------------------

  const definition_ptr& definition(const cached_file& x) const noexcept {
    return definitions_.at(x.definition);
  }

  uint16_t sources(const cached_file& x) const noexcept {
    return static_cast<uint16_t>(definition(x)->sources.size());
  }

  row_shape shape(const cached_file& x) noexcept {
    return {pool_, sources(x)};
  }

  /// What each row counts, in bytes.
  size_t row_cost(const cached_file& x) const noexcept {
    return row_buffer::cost(sources(x));
  }

  /// Gives it another definition. If the number of sources differs, their
  /// readings and past are gone.
  /// @pre If the number of sources differs it has no rows.
  void define(cached_file& x, const definition_ptr& definition);

  /// The newest readings, one of each source.
  newest_reading* newest(cached_file& x) const noexcept {
    return sources(x) == 1 ? &x.newest : x.many->newest.data();
  }
  const newest_reading* newest(const cached_file& x) const noexcept {
    return sources(x) == 1 ? &x.newest : x.many->newest.data();
  }

  /// What is in front of the first of its rows. The table keeps it: until the
  /// next call.
  row_past& past(const cached_file& x);
  void set_past(cached_file& x, const row_past& past);

  /// The number of the position when rows were sealed last.
  uint32_t& sealed_at(const cached_file& x) noexcept {
    return rest(x).sealed_at;
  }

  // -- ahead of need ----------------------------------------------------------

  // What a reading of a file touches, each found by what is at the one before.
  // To be prefetched in this order, with something else done in between. (They
  // do not prefetch themselves: g++ 12 drops calls that do nothing else.)

  const void* first_touch(file_id id) const noexcept {
    return index_.data() + id;
  }

  const void* second_touch(file_id id) noexcept {
    return find(id);
  }

  const void* third_touch(file_id id) noexcept {
    auto* x = find(id);
    if (x == nullptr)
      return nullptr;
    auto n = sources(*x);
    return n == 1 ? x->rows.next_place(row_view::bytes(n)) : x->many;
  }

private:
  static constexpr uint32_t none = 0xffffffff;

  /// What is touched for each row, at most.
  struct file_rest {
    value_bits past_value;
    second32 past_end = 0;
    uint32_t sealed_at = 0;
  };

  static constexpr size_t block_files = size_t{1} << 15;

  struct block {
    block();

    std::unique_ptr<mapped_memory> file_memory;
    std::unique_ptr<mapped_memory> rest_memory;
    cached_file* files;
    file_rest* rests;
  };

  file_rest& rest(const cached_file& x) noexcept {
    auto place = place_of(x);
    return blocks_[place / block_files].rests[place % block_files];
  }

  void make_sources(cached_file& x);
  void drop_sources(cached_file& x);

  slab_allocator pool_;
  definition_table definitions_;
  std::vector<block> blocks_;
  size_t places_ = 0;
  std::vector<uint32_t> free_;
  row_past past_;

  /// Place by file_id: these are dense.
  std::vector<uint32_t> index_;
};

} // namespace rrdflow
