#pragma once

#include "actors/base/definition_table.hpp"
#include "actors/base/mapped_memory.hpp"
#include "actors/cache/fill.hpp"
#include "actors/cache/intervals.hpp"
#include "actors/cache/row_buffer.hpp"
#include "messages/sample.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace rrdflow {

/// Seconds since the epoch, until 2106: a million files have many of them.
using second32 = uint32_t;

/// Later than any second.
constexpr second32 end_of_time = std::numeric_limits<second32>::max();

/// The last second that differs from later ones.
constexpr int64_t last_second = int64_t{end_of_time} - 1;

/// What is out of bounds becomes the bound.
constexpr second32 to_second32(int64_t x) noexcept {
  return static_cast<second32>(std::clamp<int64_t>(x, 0, last_second));
}

/// The newest reading of a source that went into a row.
struct newest_reading {
  /// Nanoseconds; 0: there is none.
  int64_t time = 0;
  value_bits value;
};

/// What a file of several sources must remember of each.
struct many_sources {
  std::vector<newest_reading> newest;

  /// Before the first row that is not sealed.
  std::vector<previous_reading> previous;

  /// The newest word of each source, "unknown" included: milliseconds, 0: none.
  std::vector<int64_t> heard;
};

/// What becomes of a file's sealed rows at present.
enum class file_stage : uint8_t {
  /// Nothing: it has none.
  idle,
  /// They wait to be handed over.
  ready,
  /// A job is with the writer.
  in_flight,
  /// A job came back; they wait to be tried again.
  retrying,
};

/// What a shard knows of one file and needs for each reading: one line of the
/// processor's caches. The rest is in the `file_table`.
struct alignas(64) cached_file {
  /// Rows that are not confirmed: first those that are sealed, of which the
  /// first are in a job in flight.
  row_buffer rows;

  /// Of a file of several sources: those, which the table owns.
  union {
    newest_reading newest = {};
    many_sources* many;
  };

  uint32_t sealed = 0;

  /// Readings at or before are late.
  second32 sealed_until = 0;

  /// When the first reading that waits unsealed came, and the newest at all.
  second32 first_arrival = 0;
  second32 newest_arrival = 0;

  /// When rows are to be sealed next.
  second32 event = end_of_time;

  /// In the table's definitions.
  uint32_t definition = 0;

  file_id id = 0;

  /// Of a file of one source.
  reading_interval interval;

  file_stage stage : 2;

  /// A request waits for its rows.
  bool urgent : 1;

  /// To be forgotten as soon as its rows are written.
  bool releasing : 1;

  /// The same, unless a reading comes before.
  bool retiring : 1;

  /// The job in flight is of rows that were given up.
  bool disowned : 1;

  /// Of a file of one source: the value of the row in front of the first is
  /// known.
  bool previous_known : 1;

  bool in_use : 1;

  cached_file()
    : stage{file_stage::idle}, urgent{}, releasing{}, retiring{}, disowned{},
      previous_known{}, in_use{} {
    // nop
  }

  size_t unsealed() const noexcept {
    return rows.size() - sealed;
  }
};

static_assert(sizeof(cached_file) == 64);

/// The files of a shard, and all memory that they take: 92 bytes for a file of
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

  /// Adds a file without rows, readings and a previous row.
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
  /// readings and the previous row are gone.
  /// @pre If the number of sources differs it has no rows.
  void define(cached_file& x, const definition_ptr& definition);

  /// The newest readings, one of each source.
  newest_reading* newest(cached_file& x) const noexcept {
    return sources(x) == 1 ? &x.newest : x.many->newest.data();
  }
  const newest_reading* newest(const cached_file& x) const noexcept {
    return sources(x) == 1 ? &x.newest : x.many->newest.data();
  }

  /// The row in front of the first of its rows; of a file of several sources,
  /// of the first that is not sealed. Valid until the next call.
  previous_row& previous(const cached_file& x);
  void set_previous(cached_file& x, const previous_row& previous);

  /// The number of the position when rows were sealed last.
  uint32_t& sealed_at(const cached_file& x) noexcept {
    return rest(x).sealed_at;
  }

  /// Rows in the job in flight.
  uint16_t& handed(const cached_file& x) noexcept {
    return rest(x).handed;
  }

  /// Jobs that failed in a row.
  uint8_t& failures(const cached_file& x) noexcept {
    return rest(x).failures;
  }

  /// Whether it was named that the file's heartbeat is too short.
  bool& outlasted(const cached_file& x) noexcept {
    return rest(x).outlasted;
  }

  /// For how long a gap in front of its next reading may last, in seconds: of
  /// several sources the longest.
  int64_t heartbeat(const cached_file& x) const noexcept;

  // -- ahead of need ----------------------------------------------------------

  // Addresses that a reading of a file uses, each found by what is at the one
  // before. To be prefetched in this order, with something else done in
  // between. (They do not prefetch themselves: g++ 12 drops calls that do
  // nothing else.)

  const void* index_place(file_id id) const noexcept {
    return index_.data() + id;
  }

  const void* file_place(file_id id) noexcept {
    return find(id);
  }

  const void* row_place(file_id id) noexcept {
    auto* x = find(id);
    if (x == nullptr)
      return nullptr;
    auto n = sources(*x);
    return n == 1 ? x->rows.next_place(row_view::bytes(n)) : x->many;
  }

private:
  static constexpr uint32_t none = 0xffffffff;

  /// What is used once for each row, at most.
  struct file_rest {
    value_bits previous_value;
    second32 previous_end = 0;
    uint32_t sealed_at = 0;
    uint16_t handed = 0;
    uint8_t failures = 0;
    bool outlasted = false;
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
  previous_row previous_;

  /// Place by file_id: these are dense.
  std::vector<uint32_t> index_;
};

} // namespace rrdflow
