#pragma once

#include "actors/base/mapped_file.hpp"
#include "actors/writer/rrd_folder.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// The undo log of a marker: how files were when the marker passed.
///
///   file name := <store>/snapshot/undo-<marker, 20 digits>-<writer>
///   log       := "RRDUNDO1" record*
///   record    := checksum:u64 size:u32 body
///   body      := kind:u8 inode:u64 birth:i64 definitions:u64
///                path_size:u16 path image
///   kind      := 1 (image is what `undo_image` gave)
///              | 2 (the file was not there; no image)
///              | 3 (like 1, of a file that was to take the place of another
///                next)
///
/// Numbers are little-endian. The checksum is XXH3-64 of `size body` with the
/// marker as its seed. `size` is that of the body. Of several records of one
/// file (path, inode and birth) the oldest counts. What is behind the last
/// sound record is a tail that a kill left: what it should have told about was
/// not touched. What is damaged in front of a sound record is passed over.
///
/// The numbers of the kinds are stored.
enum class undo_kind : uint8_t { image = 1, absent = 2, renewed = 3 };

constexpr std::string_view undo_magic = "RRDUNDO1";

/// One record. The views are those of the buffer it was read from.
struct undo_record {
  undo_kind kind = undo_kind::image;
  file_identity identity;
  uint64_t definitions = 0;

  /// As in `file_names`.
  std::string_view path;

  std::string_view image;
};

/// Appends a record to `log`.
/// @pre x.path.size() < 65536
void append_record(std::string& log, const undo_record& x, uint64_t marker);

/// Reads the record at the beginning of `log` and removes it from there.
/// Returns false, and changes nothing, if there is none.
bool take_record(std::string_view& log, undo_record& x, uint64_t marker);

/// Reads a log, which must not change meanwhile.
class undo_reader {
public:
  /// To be called once.
  caf::error open(const std::string& name);

  /// Reads the next record, whose views live as long as this object; passes
  /// over up to 1 MiB that is none. Returns false at the end.
  bool next(undo_record& x, uint64_t marker);

  /// Bytes up to the end of the last record that was read.
  size_t sound() const noexcept {
    return file_->size() - rest_.size();
  }

  /// Bytes behind.
  size_t left() const noexcept {
    return rest_.size();
  }

  /// Bytes in front of records that are none.
  size_t damaged() const noexcept {
    return damaged_;
  }

private:
  mapped_file_ptr file_;
  std::string_view rest_;
  size_t damaged_ = 0;
};

/// A log in the store.
struct undo_file {
  uint64_t marker = 0;
  uint32_t writer = 0;

  /// The whole path.
  std::string name;
};

/// The name of a log.
std::string
undo_name(const std::string& store, uint64_t marker, uint32_t writer);

/// Lists the logs of a store by marker, then by writer; none if there is no
/// folder for them. Errors: ec::io_failed.
caf::expected<std::vector<undo_file>> undo_files(const std::string& store);

} // namespace rrdflow
