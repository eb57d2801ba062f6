#include "actors/writer/rrd_copy.hpp"

#include "actors/writer/rrd_header.hpp"
#include "messages/error.hpp"

#include <xxhash.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <system_error>

namespace rrdflow {

namespace {

std::string hash_of(const std::string& bytes) {
  auto hash = XXH3_128bits(bytes.data(), bytes.size());
  char text[33];
  std::snprintf(text, sizeof(text), "%016" PRIx64 "%016" PRIx64,
                static_cast<uint64_t>(hash.high64),
                static_cast<uint64_t>(hash.low64));
  return text;
}

/// Reads as much as `bytes` has room for.
bool read_all(int fd, std::string& bytes) {
  for (size_t at = 0; at < bytes.size();) {
    auto n = ::pread(fd, &bytes[at], bytes.size() - at, static_cast<off_t>(at));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += static_cast<size_t>(n);
  }
  return true;
}

} // namespace

caf::expected<file_copy>
copy_file(const rrd_folder& folder, std::string_view path) {
  auto wrong = [path](ec code, const std::string& reason) {
    return fail(code, std::string{path} + ".rrd: " + reason);
  };
  auto file = folder.open_file(path, false);
  if (file.state == open_state::missing)
    return wrong(ec::not_found, "there is no such file yet");
  if (file.state != open_state::ok)
    return wrong(ec::io_failed, file.reason);
  if (file.size > max_handed_size)
    return wrong(ec::too_large, "too large to be handed over as a whole");
  auto header = read_header(file.fd.get(), file.size);
  if (!header)
    return wrong(header.state == header_state::damaged ? ec::damaged
                                                       : ec::io_failed,
                 header.reason);
  std::shared_ptr<std::string> bytes;
  try {
    bytes = std::make_shared<std::string>(file.size, '\0');
  } catch (const std::bad_alloc&) {
    return wrong(ec::too_large, "there is no memory for it now");
  }
  errno = 0;
  if (!read_all(file.fd.get(), *bytes))
    return wrong(ec::io_failed, errno == 0
                                  ? "shorter than it was"
                                  : std::generic_category().message(errno));
  auto tag = hash_of(*bytes);
  return file_copy{std::move(bytes), std::move(tag), header.last_update};
}

} // namespace rrdflow
