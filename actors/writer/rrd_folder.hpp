#pragma once

#include "actors/base/file.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace rrdflow {

/// Names a file as long as it lives, whatever its path.
struct file_identity {
  uint64_t inode = 0;

  /// Nanoseconds since the epoch; 0 where the file system does not know.
  int64_t birth = 0;
};

inline bool operator==(const file_identity& x, const file_identity& y) {
  return x.inode == y.inode && x.birth == y.birth;
}

enum class open_state : uint8_t {
  ok,
  missing,
  /// Of this path alone: access is denied, something else stands there, or its
  /// mount does not take it. Goes better when someone puts it right.
  blocked,
  /// Can never be opened.
  refused,
  /// May go better next time.
  failed,
};

/// What an errno of opening, making or moving a file says of the next try.
/// Never `ok`.
open_state state_after(int error) noexcept;

/// The errno's text for people, with the remedy if there is one.
std::string reason_of(int error);

/// A file that was opened, or why it was not.
struct opened_file {
  open_state state = open_state::failed;

  /// With the remedy.
  std::string reason;
  unique_fd fd;
  file_identity identity;
  uint64_t size = 0;

  /// Bytes of the disk that are allocated.
  uint64_t allocated = 0;

  /// False if the file is in no folder any more.
  bool linked = true;
};

/// Locks a file against other processes until it is closed.
bool lock_file(int fd);

/// Updates size, identity and links by what the descriptor says now.
bool refresh(opened_file& x);

/// A file under a temporary name in the folder of new files, deleted with the
/// object unless it was published. The rrd_folder must outlive it.
class temporary_file {
public:
  temporary_file() = default;
  temporary_file(temporary_file&& other) noexcept;
  temporary_file& operator=(temporary_file&& other) noexcept;
  ~temporary_file();

  /// Whether there is a file, which is not published.
  explicit operator bool() const noexcept {
    return !name_.empty();
  }

private:
  friend class rrd_folder;

  temporary_file(int folder, std::string name)
    : folder_{folder}, name_{std::move(name)} {
    // nop
  }

  int folder_ = -1;
  std::string name_;
};

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

  /// Whether one of its own folders was deleted: what is made in it is lost.
  bool is_gone() const;

  /// Whether its mode, its mount and the disk's inodes allow new files.
  bool takes_files() const;

  /// Makes the folders of a path that are missing. Returns ok if a new file can
  /// be moved there, as far as its folder tells.
  opened_file prepare(std::string_view path) const;

  /// Opens a regular file; nothing else is touched, not even by opening it.
  opened_file open_file(std::string_view path, bool writable) const;

  /// Creates an empty file, mode 0640, in the folder of new files; `name` must
  /// not be in use there.
  temporary_file create(const std::string& name, opened_file& file) const;

  /// Moves a new file to its path, whose folders it makes. Replaces nothing.
  /// The state is not missing.
  opened_file publish(temporary_file& x, std::string_view path) const;

  /// Moves a new file to the place of one that exists.
  opened_file replace(temporary_file& x, std::string_view path) const;

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
  unique_fd new_;
  unique_fd bad_;
};

} // namespace rrdflow
