#include "actors/serve/http/http_gate.hpp"

#include "actors/serve/http/request_text.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Takes the scheme (any case) and the spaces behind it from the front of `x`.
bool take_scheme(std::string_view& x, std::string_view scheme) {
  if (x.size() <= scheme.size() || x[scheme.size()] != ' ')
    return false;
  for (size_t i = 0; i < scheme.size(); ++i)
    if (lower(x[i]) != scheme[i])
      return false;
  x.remove_prefix(scheme.size());
  while (!x.empty() && x.front() == ' ')
    x.remove_prefix(1);
  return true;
}

} // namespace

bool equal_in_constant_time(std::string_view secret, std::string_view guess) {
  // The work depends on the length of the guess alone.
  volatile unsigned difference = secret.size() == guess.size() ? 0 : 1;
  for (size_t i = 0; i < guess.size(); ++i) {
    auto c = secret.empty() ? '\0' : secret[i % secret.size()];
    difference
      = difference
        | static_cast<unsigned>(static_cast<unsigned char>(c)
                                ^ static_cast<unsigned char>(guess[i]));
  }
  return difference == 0;
}

std::string host_name(std::string_view host) {
  auto bracket = host.rfind(']');
  auto colon = host.rfind(':');
  if (colon != std::string_view::npos
      && (bracket == std::string_view::npos || colon > bracket))
    host = host.substr(0, colon);
  std::string result{host};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

http_gate::http_gate(std::string token, const std::vector<std::string>& hosts)
  : token_{std::move(token)}, hosts_{"127.0.0.1", "localhost", "[::1]"} {
  for (auto& x : hosts)
    hosts_.push_back(host_name(x));
}

bool http_gate::knows(std::string_view host) const {
  auto name = host_name(host);
  return std::find(hosts_.begin(), hosts_.end(), name) != hosts_.end();
}

bool http_gate::may_enter(std::string_view authorization) const {
  if (take_scheme(authorization, "bearer"))
    return equal_in_constant_time(token_, authorization);
  if (!take_scheme(authorization, "basic"))
    return false;
  auto pair = base64_decode(authorization);
  if (!pair)
    return false;
  auto colon = pair->find(':');
  return colon != std::string::npos
         && equal_in_constant_time(token_,
                                   std::string_view{*pair}.substr(colon + 1));
}

std::optional<http_response> http_gate::refuse(const http_request& x) const {
  if (x.method == http_method::other) {
    auto result = error_response(405, "only GET, HEAD and POST");
    result.headers.emplace_back("Allow", "GET, HEAD, POST");
    return result;
  }
  if (!knows(x.host))
    return error_response(403, "this host name is not in http.hosts");
  if (!token_.empty() && x.path != "/healthz" && !may_enter(x.authorization)) {
    auto result = error_response(401, "the token is missing or wrong");
    result.headers.emplace_back("WWW-Authenticate",
                                "Basic realm=\"rrdflow\", charset=\"UTF-8\"");
    return result;
  }
  if (x.method == http_method::post && x.marker != "1")
    return error_response(403, "a POST needs the header X-Rrdflow: 1");
  return std::nullopt;
}

} // namespace rrdflow
