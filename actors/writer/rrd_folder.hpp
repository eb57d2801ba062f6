#pragma once

#include "actors/base/file.hpp"
#include "actors/writer/opened_file.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace rrdflow {

/// The store's folders with RRD files. Paths are those of `file_names`: below
/// `<store>/rrd`, without ".rrd".
///
/// Walks path by path and follows no symbolic link, hence nothing outside the
/// store is ever reached. New files are made in `<store>/rrd/.new`, which no
/// series can be called, damaged ones go to `<store>/bad`.
class rrd_folder {
public:
  /// Makes the folders that are missing.
  static caf::expected<rrd_folder> open(const std::string& store);

  /// Opens a regular file; nothing else is touched, not even by opening it.
  opened_file open_file(std::string_view path, bool writable) const;

  /// The folder of new files.
  int fresh() const noexcept {
    return fresh_.get();
  }

  /// Opens a file in the folder of new files.
  opened_file open_fresh(const std::string& name) const;

  /// Deletes a file in the folder of new files, if it is there.
  void discard(const std::string& name) const;

  /// Moves a file from the folder of new files to its path, whose folders it
  /// makes. Replaces nothing. The state is ok, refused or failed.
  opened_file publish(const std::string& name, std::string_view path) const;

  /// Moves a file away to `<store>/bad`.
  caf::error quarantine(std::string_view path) const;

  /// Deletes a regular file. It is no error if there is none.
  caf::error remove(std::string_view path) const;

  /// Deletes what a killed process left in the folder of new files.
  caf::error sweep() const;

  /// Bytes that are free on the disk.
  uint64_t free_space() const;

  /// The system's sync of the whole disk.
  caf::error sync() const;

private:
  struct place {
    unique_fd folder;
    std::string leaf;
  };

  /// Opens the folder of a path; on failure the reason is in `why`.
  place find(std::string_view path, bool make, opened_file& why) const;

  unique_fd root_;
  unique_fd fresh_;
  unique_fd bad_;
};

} // namespace rrdflow
