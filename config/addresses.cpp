#include "config/addresses.hpp"

#include "config/ascii.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace rrdflow {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Reads a whole number from 0 to 65535.
bool parse_port(std::string_view x, uint16_t& port) {
  auto end = x.data() + x.size();
  auto [last, error] = std::from_chars(x.data(), end, port);
  return !x.empty() && error == std::errc{} && last == end;
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
    return x.substr(1, x.size() - 2)
             .find_first_not_of("0123456789abcdefABCDEF:.%")
           == std::string_view::npos;
  return !x.empty() && std::all_of(x.begin(), x.end(), [](char c) {
    return is_digit(c) || is_letter(c) || c == '.' || c == '-' || c == '_';
  });
}

std::string bare_host(std::string_view x) {
  return std::string{x.front() == '[' ? x.substr(1, x.size() - 2) : x};
}

std::string host_mistake(std::string_view x) {
  return is_host(x) ? std::string{}
                    : '"' + std::string{x} + "\" is no host name or address";
}

struct scheme_info {
  std::string_view name;
  const char* canonical;
  uint16_t port;
};

constexpr scheme_info schemes[] = {
  {"tcp", "tcp", 1883},   {"mqtt", "tcp", 1883}, {"ssl", "ssl", 8883},
  {"mqtts", "ssl", 8883}, {"ws", "ws", 80},      {"wss", "wss", 443},
};

} // namespace

broker_address::broker_address(std::string x) : text{std::move(x)} {
  if (embedded())
    return;
  std::string_view rest = text;
  auto separator = rest.find("://");
  if (separator == std::string_view::npos) {
    mistake = "it needs a scheme, as in \"tcp://127.0.0.1:1883\", or is "
              "\"embedded\"";
    return;
  }
  auto name = rest.substr(0, separator);
  auto known = std::find_if(std::begin(schemes), std::end(schemes),
                            [&](auto& y) { return y.name == name; });
  if (known == std::end(schemes)) {
    mistake = "unknown scheme \"" + std::string{name}
              + "\"; it is one of tcp, mqtt, ssl, mqtts, ws, wss";
    return;
  }
  scheme = known->canonical;
  port = known->port;
  rest.remove_prefix(separator + 3);
  if (rest.find('@') != std::string_view::npos) {
    mistake = "user and password belong into username and password_file";
    return;
  }
  if (auto slash = rest.find('/'); slash != std::string_view::npos) {
    auto websocket = scheme == "ws" || scheme == "wss";
    if (!websocket && slash + 1 != rest.size()) {
      mistake = "only ws and wss have a path";
      return;
    }
    if (websocket)
      path = rest.substr(slash);
    rest = rest.substr(0, slash);
  }
  auto [address, digits] = cut_port(rest);
  if (address.size() < rest.size() && (!parse_port(digits, port) || port == 0))
    mistake = '"' + std::string{digits} + "\" is no port";
  else if (mistake = host_mistake(address); mistake.empty())
    host = bare_host(address);
}

std::string broker_address::uri() const {
  auto bare = host.find(':') != std::string::npos ? '[' + host + ']' : host;
  return scheme + "://" + bare + ':' + std::to_string(port) + path;
}

listen_address::listen_address(std::string x) : text{std::move(x)} {
  if (text.compare(0, 5, "unix:") == 0) {
    // The size of sockaddr_un::sun_path.
    if (text.size() < 7 || text[5] != '/' || text.size() - 5 > 107)
      mistake = "a unix socket needs an absolute path of at most 107 bytes";
    else
      path = text.substr(5);
    return;
  }
  auto [address, digits] = cut_port(text);
  if (!parse_port(digits, port))
    mistake = "it needs a port, as in \"127.0.0.1:8081\", or is "
              "\"unix:/path\"";
  else if (address != "*" && (mistake = host_mistake(address)).empty())
    host = bare_host(address);
}

bool listen_address::local() const {
  return !path.empty() || is_loopback_host(host);
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
                                  const std::vector<listen_address>& listen) {
  auto listed
    = [&](auto& y) { return y.path.empty() && cut_port(y.text).first == x; };
  if (is_loopback_host(x) || x == "*"
      || std::any_of(listen.begin(), listen.end(), listed))
    return {};
  return "it may be localhost, an address of the loopback interface, *, or one "
         "that http.listen has";
}

std::string run_time_port_mistake(std::string_view x,
                                  const std::vector<listen_address>& listen) {
  uint16_t port = 0;
  auto listed = [&](auto& y) { return y.path.empty() && y.port == port; };
  if (parse_port(x, port)
      && (port >= 1024 || std::any_of(listen.begin(), listen.end(), listed)))
    return {};
  return "it must be from 1024 to 65535, or one that http.listen has";
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
  for (auto other : {"posix/", "right/", "posixrules", "Factory"})
    if (x.substr(0, std::strlen(other)) == other)
      return no_zone;
  std::error_code error;
  std::filesystem::path zones = "/usr/share/zoneinfo";
  if (!std::filesystem::exists(zones / "Europe", error))
    return {};
  // Other files lie between the zones, too.
  char mark[4]{};
  std::ifstream{zones / x}.read(mark, sizeof mark);
  return std::string_view{mark, 4} == "TZif" ? "" : no_zone;
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
