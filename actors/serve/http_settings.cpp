#include "actors/serve/http_settings.hpp"

#include "actors/serve/listen_socket.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rrdflow {

namespace {

constexpr size_t max_token = 4096;

caf::expected<std::string> read_token(const std::string& path) {
  auto fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return fail(ec::io_failed, path + ": " + std::strerror(errno));
  struct stat info {};
  std::string text(max_token + 1, '\0');
  auto known = fstat(fd, &info) == 0;
  auto size = read(fd, text.data(), text.size());
  auto code = errno;
  close(fd);
  if (known && !S_ISREG(info.st_mode))
    return fail(ec::bad_config, path + ": the token's file is no plain file");
  if (!known || size < 0)
    return fail(ec::io_failed, path + ": " + std::strerror(code));
  if ((info.st_mode & 0007) != 0)
    return fail(ec::bad_config,
                path + ": others may use the token's file (chmod o= it)");
  text.resize(static_cast<size_t>(size));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  for (auto c : text)
    if (c <= ' ' || c > '~')
      return fail(ec::bad_config,
                  path + ": the token is not one line of ASCII without spaces");
  if (text.empty() || text.size() > max_token)
    return fail(ec::bad_config, path + ": the token is empty or too long");
  return text;
}

} // namespace

caf::expected<http_settings>
make_http_settings(const http_config& x, std::string version) {
  http_settings result;
  result.listen = x.listen;
  result.hosts = x.hosts;
  result.version = std::move(version);
  if (!x.token_file.empty()) {
    auto token = read_token(x.token_file);
    if (!token)
      return std::move(token.error());
    result.token = std::move(*token);
  }
  for (auto& text : x.listen) {
    auto address = parse_listen_address(text);
    if (!address)
      return std::move(address.error());
    if (is_local(*address))
      continue;
    if (result.token.empty())
      return fail(ec::bad_config,
                  text + ": not a loopback address: set http.token_file");
    // Whoever was told this address may use it as a name.
    auto v6 = address->host.find(':') != std::string::npos;
    if (!address->host.empty())
      result.hosts.push_back(v6 ? "[" + address->host + "]" : address->host);
  }
  return result;
}

} // namespace rrdflow
