#include "actors/serve/web/index_page.hpp"

#include <algorithm>
#include <charconv>

namespace rrdflow {

namespace {

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
