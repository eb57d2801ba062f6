#include "actors/serve/http/http_settings.hpp"

#include "actors/base/secret_file.hpp"

namespace rrdflow {

namespace {

constexpr size_t max_token = 4096;

caf::expected<std::string> read_token(const std::string& path) {
  auto text = read_secret("http.token_file", path, max_token);
  if (!text)
    return text;
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r'))
    text->pop_back();
  auto bad = [&](const char* reason) {
    return fail(ec::bad_config, "http.token_file: " + path + ": " + reason);
  };
  for (auto c : *text)
    if (c <= ' ' || c > '~')
      return bad("the token is not one line of ASCII without spaces");
  if (text->empty())
    return bad("the token is empty");
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
  for (auto& address : x.listen) {
    if (address.local())
      continue;
    if (result.token.empty())
      return fail(ec::bad_config,
                  address.text
                    + ": not a loopback address: set http.token_file");
    // Clients use the address as the host's name.
    auto v6 = address.host.find(':') != std::string::npos;
    if (!address.host.empty())
      result.hosts.push_back(v6 ? "[" + address.host + "]" : address.host);
  }
  return result;
}

} // namespace rrdflow
