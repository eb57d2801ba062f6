#include "config/address_syntax.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace rrdflow {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_port(std::string_view x) {
  unsigned port = 0;
  auto end = x.data() + x.size();
  auto [last, error] = std::from_chars(x.data(), end, port);
  return !x.empty() && error == std::errc{} && last == end && port <= 65535;
}

// Cuts "HOST:PORT", with an IPv6 address in brackets; the port is empty if
// there is none.
std::pair<std::string_view, std::string_view> cut_port(std::string_view x) {
  auto bracket = x.rfind(']');
  auto colon = x.rfind(':');
  if (colon == std::string_view::npos
      || (bracket != std::string_view::npos && colon < bracket))
    return {x, {}};
  return {x.substr(0, colon), x.substr(colon + 1)};
}

bool is_host(std::string_view x) {
  if (x.size() > 2 && x.front() == '[' && x.back() == ']')
    return x.find_first_not_of("0123456789abcdefABCDEF:.%[]")
           == std::string_view::npos;
  return !x.empty() && std::all_of(x.begin(), x.end(), [](char c) {
    return is_digit(c) || is_letter(c) || c == '.' || c == '-' || c == '_';
  });
}

} // namespace

std::string listen_mistake(std::string_view x) {
  if (x.substr(0, 5) == "unix:") {
    // The size of sockaddr_un::sun_path.
    if (x.size() < 7 || x[5] != '/' || x.size() - 5 > 107)
      return "a unix socket needs an absolute path of at most 107 bytes";
    return {};
  }
  auto [host, port] = cut_port(x);
  if (!is_port(port))
    return "it needs a port, as in \"127.0.0.1:8081\", or is \"unix:/path\"";
  if (!is_host(host))
    return "\"" + std::string{host} + "\" is no host name or address";
  return {};
}

bool is_loopback(std::string_view x) {
  if (x.substr(0, 5) == "unix:")
    return true;
  return is_loopback_host(cut_port(x).first);
}

bool is_loopback_host(std::string_view x) {
  if (x == "localhost" || x == "::1" || x == "[::1]")
    return true;
  // A name may begin with "127.", too.
  in_addr address{};
  return inet_pton(AF_INET, std::string{x}.c_str(), &address) == 1
         && ntohl(address.s_addr) >> 24 == 127;
}

std::string run_time_host_mistake(std::string_view x,
                                  const std::vector<std::string>& listen) {
  auto listed = [&](auto& y) {
    return y.compare(0, 5, "unix:") != 0 && cut_port(y).first == x;
  };
  if (is_loopback_host(x) || x == "*"
      || std::any_of(listen.begin(), listen.end(), listed))
    return {};
  return "it may be localhost, an address of the loopback interface, *, or one "
         "that http.listen has";
}

std::string run_time_port_mistake(std::string_view x,
                                  const std::vector<std::string>& listen) {
  auto listed = [&](auto& y) {
    return y.compare(0, 5, "unix:") != 0 && cut_port(y).second == x;
  };
  unsigned port = 0;
  if (std::any_of(listen.begin(), listen.end(), listed)
      || (is_port(x)
          && std::from_chars(x.data(), x.data() + x.size(), port).ec
               == std::errc{}
          && port >= 1024))
    return {};
  return "it must be from 1024 to 65535, or one that http.listen has";
}

std::string broker_mistake(std::string_view x) {
  if (x == "embedded")
    return {};
  auto separator = x.find("://");
  if (separator == std::string_view::npos)
    return "it needs a scheme, as in \"tcp://127.0.0.1:1883\", or is "
           "\"embedded\"";
  auto scheme = x.substr(0, separator);
  auto known = {"tcp", "mqtt", "ssl", "mqtts", "ws", "wss"};
  if (std::find(known.begin(), known.end(), scheme) == known.end())
    return "unknown scheme \"" + std::string{scheme}
           + "\"; it is one of tcp, mqtt, ssl, mqtts, ws, wss";
  auto rest = x.substr(separator + 3);
  if (rest.find('@') != std::string_view::npos)
    return "user and password belong into username and password_file";
  if (auto slash = rest.find('/'); slash != std::string_view::npos) {
    if (scheme.substr(0, 2) != "ws" && slash + 1 != rest.size())
      return "only ws and wss have a path";
    rest = rest.substr(0, slash);
  }
  auto [host, port] = cut_port(rest);
  if (host.size() < rest.size() && !is_port(port))
    return "\"" + std::string{port} + "\" is no port";
  if (!is_host(host))
    return "\"" + std::string{host} + "\" is no host name or address";
  return {};
}

bool is_encrypted(std::string_view x) {
  return x.substr(0, 6) == "ssl://" || x.substr(0, 8) == "mqtts://"
         || x.substr(0, 6) == "wss://";
}

std::string time_zone_mistake(std::string_view x) {
  auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '+'
           || c == '/';
  };
  std::string no_zone = "it is no time zone like \"Europe/Paris\"";
  if (x.empty() || x.size() > 64 || !is_letter(x.front()) || x.back() == '/'
      || !std::all_of(x.begin(), x.end(), allowed))
    return no_zone;
  std::error_code error;
  std::filesystem::path zones = "/usr/share/zoneinfo";
  if (!std::filesystem::exists(zones / "Europe", error))
    return {};
  return std::filesystem::is_regular_file(zones / x, error) ? "" : no_zone;
}

bool is_janitoo_address(std::string_view x) {
  auto slash = x.find('/');
  auto digits = [](std::string_view y) {
    return y.size() >= 4 && y.size() <= 9
           && std::all_of(y.begin(), y.end(), is_digit);
  };
  return slash != std::string_view::npos && digits(x.substr(0, slash))
         && digits(x.substr(slash + 1));
}

} // namespace rrdflow
