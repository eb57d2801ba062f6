#pragma once

#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace rrdflow {

/// Owns a file descriptor.
class unique_fd {
public:
  unique_fd() = default;

  explicit unique_fd(int fd) noexcept : fd_{fd} {
    // nop
  }

  unique_fd(unique_fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {
    // nop
  }

  unique_fd& operator=(unique_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  ~unique_fd() {
    reset();
  }

  int get() const noexcept {
    return fd_;
  }

  explicit operator bool() const noexcept {
    return fd_ >= 0;
  }

  int release() noexcept {
    return std::exchange(fd_, -1);
  }

  /// Closes the file. Keeps errno.
  void reset() noexcept;

private:
  int fd_ = -1;
};

/// "path: reason" for an errno: ec::not_found, ec::disk_full, ec::damaged if
/// something else than a file stands there, or ec::io_failed.
caf::error file_error(const std::string& path, int error_number);

/// Whether a file may be all right although it could not be used, for want of
/// memory, say: its content must not be given up.
bool is_passing(const caf::error& x);

/// open(2) with O_CLOEXEC.
caf::expected<unique_fd>
open_file(const std::string& path, int flags, mode_t mode = 0640);

/// Extends `bytes`, which are those of the file from `begin` on, up to `size`
/// or up to the file's end. Returns false, with errno, on failure.
bool read_on(int fd, std::string& bytes, size_t size, uint64_t begin = 0);

/// Writes `bytes` at `offset` and returns how many were written: fewer than
/// all, with errno, on failure.
size_t write_some(int fd, std::string_view bytes, uint64_t offset);

/// Writes all of `bytes` at `offset`. Returns false, with errno, on failure;
/// some of them may be written then.
bool write_all(int fd, std::string_view bytes, uint64_t offset);

/// The content of a regular file. ec::not_found if there is none,
/// ec::too_large if it has more than `limit` bytes.
caf::expected<std::string>
read_file(const std::string& path,
          size_t limit = std::numeric_limits<size_t>::max());

/// Makes the names in a folder survive a loss of power.
caf::error sync_folder(const std::string& folder);

/// The folder of a path: "." if it names none.
std::string folder_of(const std::string& path);

/// A file that is written under a temporary name beside `path`, and takes its
/// place as a whole. Removes the temporary file unless it was committed.
class replacement_file {
public:
  /// Creates `temporary`, which is in the same folder; by default `path` +
  /// ".tmp".
  static caf::expected<replacement_file>
  create(std::string path, mode_t mode = 0640, std::string temporary = {});

  replacement_file(replacement_file&&) noexcept = default;
  replacement_file& operator=(replacement_file&&) = delete;
  ~replacement_file();

  int fd() const noexcept {
    return fd_.get();
  }

  /// Bytes written so far.
  uint64_t size() const noexcept {
    return size_;
  }

  /// Appends bytes.
  caf::error write(std::string_view bytes);

  /// Renames the file. If `durable`, file and name survive a loss of power.
  /// After an error the name may be the old or the new file's.
  caf::error commit(bool durable = true);

private:
  replacement_file(unique_fd fd, std::string path, std::string temporary)
    : fd_{std::move(fd)}, path_{std::move(path)}, temporary_{
                                                    std::move(temporary)} {
    // nop
  }

  unique_fd fd_;
  std::string path_;
  std::string temporary_;
  uint64_t size_ = 0;
};

/// Replaces a file as a whole.
caf::error replace_file(const std::string& path, std::string_view content,
                        mode_t mode = 0640, bool durable = true);

} // namespace rrdflow
