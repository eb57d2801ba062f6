/// Requests, from where libmicrohttpd hands them over to where the flow would
/// be asked. The input: "METHOD TARGET", the header fields a line each, an
/// empty line, the body.

#include "actors/serve/api/data_request.hpp"
#include "actors/serve/api/file_response.hpp"
#include "actors/serve/http/http_front.hpp"
#include "actors/serve/http/http_message.hpp"
#include "actors/writer/rrd_reader.hpp"
#include "tests/fuzz/oracle.hpp"

#include <simdjson.h>
#include <strings.h>

#include <cmath>
#include <vector>

using namespace rrdflow;
using fuzz::require;

namespace {

constexpr int64_t now = 1700000000;
constexpr int64_t latest = 253402300799;
const std::string token = "secret-token";

void take_field(std::string_view line, http_request& x) {
  auto colon = line.find(':');
  if (colon == line.npos)
    return;
  std::string name{line.substr(0, colon)};
  auto value = line.substr(colon + 1);
  while (!value.empty() && value.front() == ' ')
    value.remove_prefix(1);
  auto is = [&](const char* y) { return strcasecmp(name.c_str(), y) == 0; };
  if (is("Host"))
    x.host = value;
  else if (is("Authorization"))
    x.authorization = value;
  else if (is("If-None-Match"))
    x.if_none_match = value;
  else if (is("If-Range"))
    x.if_range = value;
  else if (is("Range"))
    x.range = value;
  else if (is("Content-Type"))
    x.content_type = value;
  else if (is("X-Rrdflow"))
    x.marker = value;
}

/// Decoding what an encoder made of the path gives the path.
void check_path(const std::string& path) {
  std::string target = "/";
  for (auto c : path.substr(1)) {
    char code[4];
    std::snprintf(code, sizeof(code), "%%%02x", static_cast<uint8_t>(c));
    target += code;
  }
  http_request again;
  require(parse_target(target, again) && again.path == path,
          "a path comes back");
  require(path.find('\0') == path.npos, "no path has a NUL");
}

void check_response(const http_response& x) {
  require(x.status >= 200 && x.status < 600, "a status");
  for (auto& [name, value] : x.headers)
    require(value.find_first_of("\r\n") == value.npos, "a header field");
  if (x.body.empty() || x.content_type != "application/json")
    return;
  simdjson::dom::parser parser;
  require(parser.parse(x.body).error() == simdjson::SUCCESS,
          "an answer is JSON");
}

/// Who may ask what, told once more.
void check_gate(const http_request& x, bool passed, bool with_token) {
  if (!passed)
    return;
  auto host = host_name(x.host);
  require(host == "localhost" || host == "127.0.0.1" || host == "[::1]"
            || host == "proxy.example",
          "a foreign host is refused");
  require(x.method != http_method::other, "an odd method is refused");
  require(x.method != http_method::post || x.marker == "1",
          "a POST needs the header");
  auto basic = "basic ";
  auto bearer
    = x.authorization.size() >= token.size()
      && x.authorization.substr(x.authorization.size() - token.size()) == token;
  require(!with_token || bearer
            || strncasecmp(x.authorization.c_str(), basic, 6) == 0,
          "a token is needed");
}

void check_data(const http_parameters& xs, std::string_view noise) {
  auto request = parse_data_request(xs, now);
  if (!request)
    return;
  auto& x = *request;
  require(!x.series.empty(), "a series");
  auto& read = x.read;
  require(read.from >= 0 && read.from < read.to && read.to <= latest,
          "a range");
  require(read.resolution >= 0, "a resolution");
  require(!read.functions.empty(), "at least one function");
  file_definition file;
  file.sources.emplace_back();
  file.step = 1 + fuzz::take_byte(noise);
  for (auto n = fuzz::take_byte(noise) % 8; n >= 0; --n) {
    archive_definition a;
    a.function = static_cast<consolidation>(fuzz::take_byte(noise) % 4);
    a.steps = 1u << (fuzz::take_byte(noise) % 24);
    a.rows = 1u << (fuzz::take_byte(noise) % 31);
    file.archives.push_back(a);
  }
  if (auto resolution = bounded_resolution(file, now, read)) {
    auto finest = INT64_MAX;
    for (auto& a : file.archives)
      if ((a.function == read.functions.front() || a.steps == 1)
          && file.step * a.steps >= *resolution)
        finest = std::min(finest, file.step * a.steps);
    require(finest == INT64_MAX || *resolution == read.resolution
              || (read.to - read.from) / finest <= max_points,
            "an answer has a bound");
  }
  fetch_result found;
  found.start = read.from;
  found.step = file.step;
  found.sources = {"a", "b"};
  for (auto c : noise.substr(0, 100))
    found.values.push_back(c == 'n' ? NAN : std::exp(c * 6.0));
  if (found.values.size() % 2 != 0 || read.to > latest - 256 * 50)
    return;
  auto response = format_data(found, 1, data_format::json);
  require(static_cast<bool>(response), "a short answer can be given");
  simdjson::dom::parser parser;
  simdjson::dom::array points;
  require(parser.parse(response->body).get(points) == simdjson::SUCCESS,
          "data is JSON");
  require(points.size() == found.values.size() / 2, "each row is there");
}

/// What goes out is a part of the file, and says which.
void check_file(const http_request& x) {
  static const auto bytes
    = std::make_shared<const std::string>("0123456789abcdef");
  served_file file;
  file.bytes = bytes;
  file.tag = "0011223344556677";
  file.modified = now;
  auto response = respond_with_file(x, file);
  check_response(response);
  if (response.fixed.empty())
    return require(response.status == 304 || response.status == 416,
                   "a file is not empty");
  std::string_view all{*bytes};
  auto at = static_cast<size_t>(response.fixed.data() - all.data());
  require(all.substr(at, response.fixed.size()) == response.fixed,
          "a part of the file");
  require(response.owner == bytes, "the bytes are kept");
  if (response.status == 200)
    return require(response.fixed == all, "the whole file");
  require(response.status == 206 && x.method == http_method::get, "a part");
  auto* place = find(response.headers, "Content-Range");
  require(place != nullptr
            && *place
                 == "bytes " + std::to_string(at) + '-'
                      + std::to_string(at + response.fixed.size() - 1) + "/16",
          "its place");
}

void serve(const http_front& front, const http_request& x, bool with_token,
           std::string_view noise) {
  auto response = front(x);
  check_gate(x, !response || response->status == 200,
             with_token && x.path != "/healthz");
  if (response)
    return check_response(*response);
  auto route = find_route(x.path);
  require(route.has_value(), "what is not answered has a route");
  check_file(x);
  auto complete = x;
  auto mistake = parse_body(complete);
  check_response(error_response(400, mistake));
  if (mistake.empty())
    check_data(complete.parameters, noise);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const http_front open{"", {"proxy.example:80"}};
  static const http_front closed{token, {"proxy.example"}};
  auto text = fuzz::text_of(data, size);
  auto first = fuzz::take_line(text);
  auto method = first.substr(0, first.find(' '));
  auto target = first.substr(std::min(method.size() + 1, first.size()));
  http_request x;
  x.method = method == "GET"    ? http_method::get
             : method == "HEAD" ? http_method::head
             : method == "POST" ? http_method::post
                                : http_method::other;
  if (!parse_target(target, x))
    return 0;
  check_path(x.path);
  while (!text.empty()) {
    auto line = fuzz::take_line(text);
    if (line.empty())
      break;
    take_field(line, x);
  }
  x.body = text;
  serve(open, x, false, text);
  serve(closed, x, true, text);
  // Whatever a client sends may come back in an error.
  check_response(error_response(404, x.path));
  check_response(error_response(400, x.body));
  return 0;
}
