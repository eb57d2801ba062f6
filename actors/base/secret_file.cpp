#include "actors/base/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rrdflow {

namespace {

/// Closes a file.
struct guard {
  int fd;
  ~guard() {
    ::close(fd);
  }
};

} // namespace

caf::expected<std::string>
read_secret(const std::string& key, const std::string& path, size_t limit) {
  auto bad = [&](const std::string& reason) {
    return fail(ec::bad_config, key + ": " + path + ": " + reason);
  };
  // Not blocking: it might be a pipe.
  auto fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return bad(std::strerror(errno));
  guard closes{fd};
  struct stat info {};
  if (::fstat(fd, &info) != 0)
    return bad(std::strerror(errno));
  if (!S_ISREG(info.st_mode))
    return bad("not a plain file");
  if ((info.st_mode & S_IRWXO) != 0)
    return bad("everybody may read or change it; chmod o= it");
  std::string result(limit + 1, '\0');
  size_t size = 0;
  while (size < result.size()) {
    auto n = ::read(fd, result.data() + size, result.size() - size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return bad(std::strerror(errno));
    if (n == 0)
      break;
    size += static_cast<size_t>(n);
  }
  if (size > limit)
    return bad("larger than " + std::to_string(limit) + " bytes");
  result.resize(size);
  return result;
}

caf::error check_secret(const std::string& key, const std::string& path) {
  constexpr size_t any = 1 << 20;
  auto content = read_secret(key, path, any);
  return content ? caf::error{} : std::move(content.error());
}

} // namespace rrdflow
