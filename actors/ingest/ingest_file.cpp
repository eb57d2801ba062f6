#include "actors/ingest/ingest_file.hpp"

#include "messages/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rrdflow {

namespace {

struct descriptor {
  explicit descriptor(int x) : fd{x} {
    // nop
  }

  descriptor(const descriptor&) = delete;

  ~descriptor() {
    if (fd >= 0)
      ::close(fd);
  }

  int fd;
};

caf::error failed(const std::string& path, int reason) {
  auto code = reason == ENOENT ? ec::not_found : write_error(reason);
  return fail(code, path + ": " + std::strerror(reason));
}

} // namespace

caf::expected<std::string> read_file(const std::string& path) {
  descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0)
    return failed(path, errno);
  std::string result;
  char buffer[4096];
  for (;;) {
    auto n = ::read(file.fd, buffer, sizeof(buffer));
    if (n == 0)
      return result;
    if (n > 0)
      result.append(buffer, static_cast<size_t>(n));
    else if (errno != EINTR)
      return failed(path, errno);
  }
}

caf::error
replace_file(const std::string& path, const std::string& content, mode_t mode) {
  auto temporary = path + ".tmp";
  {
    descriptor file{::open(temporary.c_str(),
                           O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)};
    if (file.fd < 0)
      return failed(temporary, errno);
    for (size_t done = 0; done < content.size();) {
      auto n = ::write(file.fd, content.data() + done, content.size() - done);
      if (n >= 0)
        done += static_cast<size_t>(n);
      else if (errno != EINTR)
        return failed(temporary, errno);
    }
    if (::fsync(file.fd) != 0)
      return failed(temporary, errno);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    return failed(path, errno);
  auto slash = path.rfind('/');
  auto folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  descriptor directory{
    ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.fd < 0 || ::fsync(directory.fd) != 0)
    return failed(folder, errno);
  return caf::none;
}

} // namespace rrdflow
