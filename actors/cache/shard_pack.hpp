#pragma once

#include "actors/cache/file_table.hpp"
#include "actors/cache/shard_counters.hpp"

#include <caf/error.hpp>

#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>

namespace rrdflow {

// What a shard puts into a snapshot, a *section*, is a sequence of msgpack
// arrays that may be cut into pieces anywhere:
//
//   section     := header (definition* file)* trailer
//   header      := [0, "rrdflow-shard", version, marker, position, told,
//                   merged, opened, written, {rule: late}, {reason: abandoned}]
//   definition  := [1, ...]              see definition_codec.hpp
//   file        := [2, path key, definition, sealed until, first arrival,
//                   newest arrival, retire before, sealed rows, handed rows,
//                   end of the row before,
//                   [[end, known, value, newest time, newest value]...], rows]
//   trailer     := [3, number of files]
//
// A file names its definition by number; the first is 0. Rows are a `bin`; for
// each row see row_view.hpp. `retire before` is a second, or the least number.

/// Packs the state of a shard, file by file.
class shard_packer {
public:
  shard_packer(uint64_t marker, position at, int64_t told,
               const shard_counters& books);

  /// Packs a file of the table, whose path has the hash `key`.
  void add(file_table& files, const cached_file& x, uint64_t key);

  /// Packs the trailer.
  void finish();

  /// Bytes that wait to be taken.
  size_t size() const noexcept {
    return out_.size();
  }

  std::string take();

private:
  uint32_t number_of(const definition_ptr& x);

  std::string out_;
  uint64_t files_ = 0;

  /// By address, which `kept_` keeps from being used again.
  std::unordered_map<const file_definition*, uint32_t> definitions_;
  std::vector<definition_ptr> kept_;
};

/// A file is not to be retired.
constexpr int64_t always = std::numeric_limits<int64_t>::min();

/// A file as a section has it. Valid as long as the section.
struct unpacked_file {
  uint64_t key = 0;
  definition_ptr definition;

  /// As they are in the section, and their number; slots grow.
  std::string_view rows;
  uint32_t row_count = 0;

  uint32_t sealed = 0;
  int64_t sealed_until = 0;
  int64_t first_arrival = 0;
  int64_t newest_arrival = 0;
  int64_t retire_before = always;
  row_past past;
  std::vector<newest_reading> newest;
};

/// Unpacks a section: raises `told`, fills the counters of `books`, and calls
/// `take` for each file until it returns false.
/// @returns ec::damaged if the bytes are not what a packer made
caf::error
unpack_section(std::string_view bytes, int64_t& told, shard_counters& books,
               const std::function<bool(unpacked_file&)>& take);

} // namespace rrdflow
