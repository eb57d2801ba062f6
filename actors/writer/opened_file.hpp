#pragma once

#include "actors/base/file.hpp"

#include <cstdint>
#include <string>
#include <string_view>

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
  /// Something else stands there, or we may not: will not go away by itself.
  refused,
  /// May go better next time.
  failed,
};

/// A file that was opened, or why it was not.
struct opened_file {
  open_state state = open_state::failed;
  std::string reason;
  unique_fd fd;
  file_identity identity;
  uint64_t size = 0;

  /// Bytes of the disk that are allocated.
  uint64_t allocated = 0;

  /// False if the file is in no folder any more.
  bool linked = true;
};

/// Looks at a file that is open.
opened_file examine(unique_fd fd);

/// Takes up what `fd` says now about size, identity and links.
bool refresh(opened_file& x);

/// Puts down why something could not be opened.
void take_error(opened_file& x, int error);

/// Whether this may be one level of a path.
bool is_level(std::string_view x);

/// Opens the regular file `path`.rrd below the folder `at`, following no link
/// at any level, with one look and one call. Returns nothing if that fails: it
/// may still be opened level by level.
unique_fd open_regular(int at, std::string_view path, bool writable);

} // namespace rrdflow
