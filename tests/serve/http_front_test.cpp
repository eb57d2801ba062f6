#define CAF_SUITE http_front

#include "actors/serve/http/http_front.hpp"
#include "actors/serve/web/page_assets.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

http_front uut{http_gate{"", {}}};

http_request request(std::string path, http_method method = http_method::get) {
  http_request x;
  x.host = "localhost";
  x.path = std::move(path);
  x.method = method;
  x.marker = "1";
  return x;
}

/// 0: goes on to the actor.
unsigned status(std::string path, http_method method = http_method::get) {
  auto x = uut(request(std::move(path), method));
  return x ? x->status : 0;
}

} // namespace

CAF_TEST(the page and the health check need no actor) {
  auto page = uut(request("/"));
  CAF_REQUIRE(page);
  CAF_CHECK_EQUAL(page->status, 200u);
  CAF_CHECK_EQUAL(page->content_type, "text/html; charset=utf-8");
  CAF_CHECK(page->fixed.find("<!doctype html>") != std::string_view::npos);
  auto health = uut(request("/healthz"));
  CAF_REQUIRE(health);
  CAF_CHECK_EQUAL(health->fixed, "ok\n");
  for (auto x :
       {"/app.js", "/style.css", "/dygraph.min.js", "/dygraph.min.css"})
    CAF_CHECK_EQUAL(status(x), 200u);
}

CAF_TEST(an asset that the client has is not sent again) {
  auto x = request("/app.js");
  auto first = uut(x);
  CAF_REQUIRE(first && find(first->headers, "ETag") != nullptr);
  x.if_none_match = *find(first->headers, "ETag");
  auto second = uut(x);
  CAF_REQUIRE(second);
  CAF_CHECK_EQUAL(second->status, 304u);
  CAF_CHECK(second->fixed.empty());
}

CAF_TEST(each route has its methods) {
  for (auto x : {"/readyz", "/metrics", "/api/v1/series", "/api/v1/data",
                 "/api/v1/dead", "/rrd/", "/rrd/rrds/index.txt",
                 "/rrd/rrds/a.rrd", "/rrd/rrds/a/b=20c.rrd"}) {
    CAF_CHECK_EQUAL(status(x), 0u);
    CAF_CHECK_EQUAL(status(x, http_method::head), 0u);
    CAF_CHECK_EQUAL(status(x, http_method::post), 405u);
  }
  for (auto x : {"/api/v1/flush", "/api/v1/forget"}) {
    CAF_CHECK_EQUAL(status(x, http_method::post), 0u);
    CAF_CHECK_EQUAL(status(x), 405u);
  }
  CAF_CHECK_EQUAL(status("/", http_method::post), 405u);
  CAF_CHECK_EQUAL(status("/rrd"), 301u);
  CAF_CHECK_EQUAL(status("/rrd", http_method::post), 405u);
  CAF_CHECK_EQUAL(status("/healthz", http_method::post), 405u);
}

CAF_TEST(there is nothing else) {
  for (auto x : {"", "/nope", "/rrd/x", "/rrd/rrds/", "/rrd/rrds/.rrd",
                 "/render", "/metrics/find", "/api/v1", "/api/v1/series/", "//",
                 "/../etc/passwd", "/app.js/", "/api/v1/live/"})
    CAF_CHECK_EQUAL(std::make_pair(x, status(x)), std::make_pair(x, 404u));
}
