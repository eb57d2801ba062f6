#pragma once

#include "actors/base/file_names.hpp"
#include "actors/cache/file_losses.hpp"
#include "actors/cache/file_table.hpp"
#include "actors/cache/shard_counters.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rrdflow {

// What a shard puts into a snapshot, a *section*, is a sequence of msgpack
// arrays that may be cut into pieces anywhere:
//
//   section     := header loss* (definition* file)* trailer
//   header      := [0, "rrdflow-shard", version, marker, position, watermark,
//                   merged, opened, written, {rule: late}, {reason: abandoned}]
//   definition  := [1, ...]              see definition_codec.hpp
//   file        := [2, path key, definition, sealed until, first arrival,
//                   newest arrival, retire before, sealed rows, handed rows,
//                   end of the row before,
//                   [[time, known, value, newest time, newest value]...], rows,
//                   usual interval, pauses]
//   trailer     := [3, number of files]
//   loss        := [4, path key, kind, source, count, second, sealed until,
//                   time of the last reading, its value, reason, text, label]
//
// A file names its definition by number; the first is 0. Rows are a `bin`; for
// each row see `row_view::store_to`. `retire before` is a second, or the least
// number. Of each source stands the reading before in milliseconds, then the
// newest in nanoseconds.
//
// This is version 2. In version 1 a file has no interval, `time` is a second,
// and see `upgrade` of rows.

/// Packs the state of a shard's files as it is at a marker, in slices between
/// which the files may change.
class shard_packer {
public:
  /// @param files must outlive the packer
  shard_packer(file_table& files, std::shared_ptr<const file_names> names);

  /// Begins with the files as they are now; gives up what is being packed.
  void
  begin(uint64_t marker, position at, int64_t watermark,
        const shard_totals& totals, const std::vector<file_loss>& losses = {});

  /// Packs `x`, which is about to change, unless it is packed already.
  void pack_before_write(const cached_file& x) {
    if (active_)
      pack_once(x);
  }

  /// `x` was added: it is no part of what is being packed.
  void leave_out(const cached_file& x);

  /// Packs about `bytes` more.
  /// @returns whether more is to come
  bool pack_some(size_t bytes);

  /// What was packed since the last call.
  std::string take();

private:
  void pack_once(const cached_file& x);
  void add(const cached_file& x);
  uint32_t number_of(const definition_ptr& x);

  file_table& files_;
  std::shared_ptr<const file_names> names_;
  bool active_ = false;
  std::string out_;

  /// The next file to be packed, and which are packed already, by place.
  size_t place_ = 0;
  std::vector<bool> is_packed_;
  uint64_t count_ = 0;

  /// By address, which `kept_` keeps from being used again.
  std::unordered_map<const file_definition*, uint32_t> definitions_;
  std::vector<definition_ptr> kept_;
};

/// A source of an unpacked file.
struct unpacked_source {
  previous_reading previous;
  newest_reading newest;
};

/// A file as a section has it.
struct unpacked_file {
  uint64_t key = 0;

  /// Its number in this run; none if the catalog lacks it. Not set by
  /// unpacking.
  std::optional<file_id> id;

  definition_ptr definition;

  /// In the section, each of `row_view::stored_bytes`, in order.
  const char* rows = nullptr;
  uint32_t row_count = 0;

  uint32_t sealed = 0;
  second32 sealed_until = 0;
  second32 first_arrival = 0;
  second32 newest_arrival = 0;
  second32 previous_end = 0;
  bool retiring = false;

  /// Of a file of one source.
  reading_interval interval;

  /// The section is of version 1.
  bool first_version = false;
};

/// What a shard starts from.
struct shard_start {
  int64_t watermark = 0;
  shard_totals totals;
  std::vector<unpacked_file> files;

  /// Of all files, in their order.
  std::vector<unpacked_source> sources;

  /// What files lost, by their paths' keys. The files' numbers are not set by
  /// unpacking; of a file without a number the count is to be 0.
  std::vector<std::pair<uint64_t, file_loss>> losses;

  /// Where the rows of `files` lie.
  std::shared_ptr<const std::vector<std::string>> sections;
};

/// Unpacks what the shards of an earlier run packed, one section each, for
/// `shards` shards: a file belongs to the one that its path's key, modulo their
/// number, says; section `i` has counters of shard `i` modulo their number.
/// @returns ec::damaged if the bytes are not what packers made, or a file comes
///          twice
caf::expected<std::vector<shard_start>>
unpack_sections(std::vector<std::string> sections, uint32_t shards);

} // namespace rrdflow
