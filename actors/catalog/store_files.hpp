#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rrdflow {

namespace store_files {

/// "what: reason" for an errno; ec::disk_full if that is the reason.
caf::error io_error(const std::string& what, int reason);

/// The content of a file; empty if there is none.
caf::expected<std::string> read_file(const std::string& path);

/// Writes all of `bytes` at an offset.
caf::error write_at(int fd, uint64_t offset, std::string_view bytes);

/// Puts `content` in the place of `path` by writing `temporary` and renaming
/// it: whole or not at all. With `sync` it also survives a loss of power.
caf::error replace_file(const std::string& path, const std::string& temporary,
                        std::string_view content, bool sync);

} // namespace store_files

/// The folder `<store>/rrd` as CATALOG sees it: which files exist. It opens
/// none of them: their RRD_WRITER does. Owns a file descriptor.
class store_folder {
public:
  store_folder() = default;
  store_folder(store_folder&& other) noexcept;
  store_folder& operator=(store_folder&& other) noexcept;
  ~store_folder();

  /// Opens the folder, made if missing.
  static caf::expected<store_folder> open(const std::string& path);

  /// Whether something stands at `path` + ".rrd", be it a file or not. True in
  /// doubt.
  bool exists(const std::string& path) const;

  /// Calls `visit` with the path, without ".rrd", of each regular file that is
  /// named like an RRD file, in no order. Follows no links.
  void scan(const std::function<void(const std::string&)>& visit) const;

private:
  explicit store_folder(int fd) : fd_{fd} {
    // nop
  }

  int fd_ = -1;
};

} // namespace rrdflow
