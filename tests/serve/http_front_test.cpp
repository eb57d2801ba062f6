#define CAF_SUITE http_front

#include "actors/serve/http/http_front.hpp"
#include "actors/serve/web/page_assets.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

const http_front uut{"", {}};

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

http_request get(std::string host, std::string path = "/readyz") {
  auto x = request(std::move(path));
  x.host = std::move(host);
  return x;
}

/// 0: may pass.
unsigned status(const http_front& front, const http_request& x) {
  auto response = front(x);
  return response ? response->status : 0;
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
  for (auto x : {"/api/v1/flush", "/api/v1/forget", "/api/v1/reshape"}) {
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

CAF_TEST(only names of this service are served) {
  http_front front{"", {"Rrd.Example.org", "other.example:8443"}};
  for (auto x : {"localhost", "LOCALHOST:8081", "127.0.0.1", "127.0.0.1:1",
                 "[::1]", "[::1]:8081", "rrd.example.ORG",
                 "rrd.example.org:443", "other.example"})
    CAF_CHECK_EQUAL(std::make_pair(x, status(front, get(x))),
                    std::make_pair(x, 0u));
  for (auto x : {"", "evil.example", "evil.example:8081", "localhost.evil",
                 "127.0.0.1.evil", "[::2]", "::1", "127.0.0.2", " localhost",
                 "localhost:1:2"})
    CAF_CHECK_EQUAL(std::make_pair(x, status(front, get(x))),
                    std::make_pair(x, 403u));
}

CAF_TEST(a token is needed everywhere but for the health check) {
  // The pairs are "x:secret", ":secret", "x:secre", "secret" in base64.
  http_front front{"secret", {}};
  auto with = [&](std::string authorization) {
    auto x = get("localhost");
    x.authorization = std::move(authorization);
    return status(front, x);
  };
  CAF_CHECK_EQUAL(status(front, get("localhost", "/healthz")), 200u);
  CAF_CHECK_EQUAL(with("Bearer secret"), 0u);
  CAF_CHECK_EQUAL(with("bearer  secret"), 0u);
  CAF_CHECK_EQUAL(with("Basic eDpzZWNyZXQ="), 0u);
  CAF_CHECK_EQUAL(with("Basic OnNlY3JldA=="), 0u);
  for (auto x : {"", "secret", "Bearer", "Bearer ", "Bearer secre",
                 "Bearer secrett", "Bearersecret", "Basic eDpzZWNyZQ==",
                 "Basic c2VjcmV0", "Basic ????", "Digest secret"})
    CAF_CHECK_EQUAL(std::make_pair(x, with(x)), std::make_pair(x, 401u));
  auto refusal = front(get("localhost"));
  CAF_REQUIRE(refusal);
  CAF_CHECK(find(refusal->headers, "WWW-Authenticate") != nullptr);
}

CAF_TEST(a POST needs the field that no form can send) {
  http_front front{"", {}};
  auto x = get("localhost", "/api/v1/flush");
  x.method = http_method::post;
  x.marker = "";
  CAF_CHECK_EQUAL(status(front, x), 403u);
  x.marker = "0";
  CAF_CHECK_EQUAL(status(front, x), 403u);
  x.marker = "1";
  CAF_CHECK_EQUAL(status(front, x), 0u);
}

CAF_TEST(other methods are refused with those that are allowed) {
  http_front front{"", {}};
  auto x = get("localhost");
  x.method = http_method::other;
  auto refusal = front(x);
  CAF_REQUIRE(refusal);
  CAF_CHECK_EQUAL(refusal->status, 405u);
  CAF_REQUIRE(find(refusal->headers, "Allow") != nullptr);
  CAF_CHECK_EQUAL(*find(refusal->headers, "Allow"), "GET, HEAD, POST");
}
