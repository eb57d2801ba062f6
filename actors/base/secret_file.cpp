#include "actors/base/secret_file.hpp"

#include "actors/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace rrdflow {

caf::expected<std::string>
read_secret(const std::string& key, const std::string& path, size_t limit) {
  auto bad = [&](const std::string& reason) {
    return fail(ec::bad_config, key + ": " + path + ": " + reason);
  };
  // Not blocking: it might be a pipe.
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!fd)
    return bad(std::strerror(errno));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0)
    return bad(std::strerror(errno));
  if (!S_ISREG(info.st_mode))
    return bad("not a plain file");
  if ((info.st_mode & S_IRWXO) != 0)
    return bad("everybody may read or change it; chmod o= it");
  std::string result;
  if (!read_on(fd.get(), result, limit + 1))
    return bad(std::strerror(errno));
  if (result.size() > limit)
    return bad("larger than " + std::to_string(limit) + " bytes");
  return result;
}

caf::error check_secret(const std::string& key, const std::string& path) {
  constexpr size_t any = 1 << 20;
  auto content = read_secret(key, path, any);
  return content ? caf::error{} : std::move(content.error());
}

} // namespace rrdflow
