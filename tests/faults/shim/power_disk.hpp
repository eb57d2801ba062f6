#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

/// What a disk holds of a store after a power cut, kept in a folder:
///
///   data/<inode>   a file's bytes as far as they are on the disk
///   names/<inode>  a folder's entries on the disk: "<inode> <f|d> <name>\n"
///   grave/<inode>  a link to a file whose name is gone, but maybe not on the
///                  disk
///
/// Concurrency: any thread. Files are locked one by one, so that an older page
/// never replaces a newer one. Limitations: a folder that is removed is not
/// remembered; names of at most 255 bytes without line breaks.
class power_disk {
public:
  /// `store` and `folder` without a slash at the end; the folder exists, on the
  /// store's file system.
  power_disk(std::string store, std::string folder);

  power_disk(const power_disk&) = delete;
  power_disk& operator=(const power_disk&) = delete;

  const std::string& store() const noexcept {
    return store_;
  }

  const std::string& folder() const noexcept {
    return folder_;
  }

  /// The file is on the disk as it is now, its names are not.
  void sync_file(const std::string& path);

  /// The entries of the folder are on the disk.
  void sync_folder(const std::string& path);

  /// Everything is on the disk.
  void sync_all();

  /// Some pages of one file reach the disk, as they do at any time. `draw`
  /// gives random numbers.
  void write_back(const std::function<uint64_t()>& draw);

  /// Keeps a file that is about to lose this name.
  void bury(int at, const char* name);

private:
  /// Copies the pages that differ and are chosen; the size too if `all`.
  void
  copy(const std::string& path, bool all, const std::function<bool()>& chosen);

  void walk(const std::string& path);
  std::string some_file(uint64_t number) const;
  std::string entry(const char* kind, ino_t inode) const;
  std::mutex& lock_of(ino_t inode);

  std::string store_;
  std::string folder_;
  std::mutex locks_[64];
};
