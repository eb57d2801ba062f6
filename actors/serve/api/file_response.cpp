#include "actors/serve/api/file_response.hpp"

#include "config/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <limits>

namespace rrdflow {

namespace {

constexpr auto most = std::numeric_limits<uint64_t>::max();

/// Reads digits only; what is too large becomes the largest.
std::optional<uint64_t> parse_number(std::string_view x) {
  if (x.empty())
    return std::nullopt;
  uint64_t result = 0;
  for (auto c : x) {
    if (c < '0' || c > '9')
      return std::nullopt;
    auto digit = static_cast<uint64_t>(c - '0');
    result = result > (most - digit) / 10 ? most : result * 10 + digit;
  }
  return result;
}

/// Takes "bytes=", in any case, from the front of `x`.
bool take_unit(std::string_view& x) {
  constexpr std::string_view unit = "bytes=";
  if (x.size() < unit.size())
    return false;
  for (size_t i = 0; i < unit.size(); ++i)
    if (x[i] != unit[i] && (unit[i] == '=' || (x[i] | 0x20) != unit[i]))
      return false;
  x.remove_prefix(unit.size());
  return true;
}

std::string quoted(std::string_view tag) {
  return '"' + std::string{tag} + '"';
}

/// 0: there is no such page.
size_t page_of(const http_request& x) {
  auto* text = find(x.parameters, "page");
  if (text == nullptr)
    return 1;
  size_t result = 0;
  auto* end = text->data() + text->size();
  auto [at, error] = std::from_chars(text->data(), end, result);
  return error == std::errc{} && at == end ? result : 0;
}

void append_link(size_t page, const char* text, std::string& out) {
  out += "<a href=\"?page=" + std::to_string(page) + "\">" + text + "</a>\n";
}

} // namespace

std::optional<byte_range> parse_range(std::string_view field, uint64_t size) {
  field = trimmed(field);
  if (!take_unit(field))
    return std::nullopt;
  field = trimmed(field);
  auto dash = field.find('-');
  if (dash == field.npos)
    return std::nullopt;
  auto last = parse_number(field.substr(dash + 1));
  if (dash == 0) {
    if (!last)
      return std::nullopt;
    auto n = std::min(*last, size);
    return byte_range{size - n, n};
  }
  auto first = parse_number(field.substr(0, dash));
  if (!first || (!last && dash + 1 < field.size()) || (last && *last < *first))
    return std::nullopt;
  if (*first >= size)
    return byte_range{};
  auto end = std::min(last.value_or(most), size - 1);
  return byte_range{*first, end - *first + 1};
}

bool lists_tag(std::string_view field, std::string_view tag) {
  if (trimmed(field) == "*")
    return true;
  // Our tags have no comma in them.
  for (;;) {
    auto comma = std::min(field.find(','), field.size());
    auto x = trimmed(field.substr(0, comma));
    if (x.substr(0, 2) == "W/")
      x.remove_prefix(2);
    if (x == quoted(tag))
      return true;
    if (comma == field.size())
      return false;
    field.remove_prefix(comma + 1);
  }
}

std::string http_date(int64_t seconds) {
  constexpr const char* days[]
    = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // The field has four digits for the year.
  constexpr int64_t last_second = 253402300799;
  auto t = static_cast<time_t>(std::clamp(seconds, int64_t{0}, last_second));
  tm x{};
  ::gmtime_r(&t, &x);
  char text[64];
  std::snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                days[x.tm_wday], x.tm_mday, months[x.tm_mon], x.tm_year + 1900,
                x.tm_hour, x.tm_min, x.tm_sec);
  return text;
}

http_response
respond_with_file(const http_request& x, const served_file& file) {
  http_response result;
  result.content_type = "application/octet-stream";
  result.headers = {{"ETag", quoted(file.tag)},
                    {"Last-Modified", http_date(file.modified)},
                    {"Accept-Ranges", "bytes"}};
  if (!x.if_none_match.empty() && lists_tag(x.if_none_match, file.tag)) {
    result.status = 304;
    return result;
  }
  std::string_view bytes{*file.bytes};
  auto unchanged
    = x.if_range.empty() || trimmed(x.if_range) == quoted(file.tag);
  if (x.method == http_method::get && unchanged) {
    auto size = std::to_string(bytes.size());
    if (auto range = parse_range(x.range, bytes.size())) {
      if (range->size == 0) {
        result = error_response(416, "the range lies outside the file");
        result.headers = {{"Content-Range", "bytes */" + size}};
        return result;
      }
      bytes = bytes.substr(range->offset, range->size);
      result.status = 206;
      result.headers.emplace_back(
        "Content-Range", "bytes " + std::to_string(range->offset) + '-'
                           + std::to_string(range->offset + range->size - 1)
                           + '/' + size);
    }
  }
  result.fixed = bytes;
  result.owner = file.bytes;
  return result;
}

http_response show_index_page(const http_request& x, std::string_view index) {
  auto files
    = index.empty()
        ? size_t{0}
        : static_cast<size_t>(std::count(index.begin(), index.end(), '|') + 1);
  auto pages
    = std::max<size_t>(1, (files + names_per_page - 1) / names_per_page);
  auto page = page_of(x);
  if (page == 0 || page > pages)
    return error_response(404, "there is no such page");
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n"
                    "<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n"
                    "<title>RRD files</title>\n"
                    "<link rel=\"icon\" href=\"/icon.svg\">\n</head>\n<body>\n"
                    "<h1>RRD files</h1>\n<p>";
  out += std::to_string(files);
  out += " files, as <a href=\"rrds/index.txt\">index.txt</a> lists them. A "
         "file is sent after its waiting rows were written to it. "
         "<a href=\"/\">The charts</a> show what waits, too.</p>\n<ul>\n";
  for (size_t i = 0; i < page * names_per_page && !index.empty(); ++i) {
    auto name = index.substr(0, index.find('|'));
    index.remove_prefix(std::min(name.size() + 1, index.size()));
    if (i < (page - 1) * names_per_page)
      continue;
    // A path has no character that means anything in HTML.
    out += "<li><a href=\"rrds/";
    out += name;
    out += ".rrd\">";
    out += name;
    out += "</a></li>\n";
  }
  out += "</ul>\n<p>";
  if (page > 1)
    append_link(page - 1, "before", out);
  if (page < pages)
    append_link(page + 1, "more", out);
  out += "</p>\n</body>\n</html>\n";
  http_response result;
  result.content_type = "text/html; charset=utf-8";
  result.body = std::move(out);
  return result;
}

} // namespace rrdflow
