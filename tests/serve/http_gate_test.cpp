#define CAF_SUITE http_gate

#include "actors/serve/http/http_gate.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

http_request get(std::string host, std::string path = "/") {
  http_request x;
  x.host = std::move(host);
  x.path = std::move(path);
  return x;
}

/// 0: may pass.
unsigned status(const http_gate& uut, const http_request& x) {
  auto refusal = uut.refuse(x);
  return refusal ? refusal->status : 0;
}

} // namespace

CAF_TEST(only names of this service are served) {
  http_gate uut{"", {"Rrd.Example.org", "other.example:8443"}};
  for (auto x : {"localhost", "LOCALHOST:8081", "127.0.0.1", "127.0.0.1:1",
                 "[::1]", "[::1]:8081", "rrd.example.ORG",
                 "rrd.example.org:443", "other.example"})
    CAF_CHECK_EQUAL(std::make_pair(x, status(uut, get(x))),
                    std::make_pair(x, 0u));
  for (auto x : {"", "evil.example", "evil.example:8081", "localhost.evil",
                 "127.0.0.1.evil", "[::2]", "::1", "127.0.0.2", " localhost",
                 "localhost:1:2"})
    CAF_CHECK_EQUAL(std::make_pair(x, status(uut, get(x))),
                    std::make_pair(x, 403u));
}

CAF_TEST(a token is needed everywhere but for the health check) {
  // The pairs are "x:secret", ":secret", "x:secre", "secret" in base64.
  http_gate uut{"secret", {}};
  auto with = [&](std::string authorization) {
    auto x = get("localhost");
    x.authorization = std::move(authorization);
    return status(uut, x);
  };
  CAF_CHECK_EQUAL(status(uut, get("localhost", "/healthz")), 0u);
  CAF_CHECK_EQUAL(with("Bearer secret"), 0u);
  CAF_CHECK_EQUAL(with("bearer  secret"), 0u);
  CAF_CHECK_EQUAL(with("Basic eDpzZWNyZXQ="), 0u);
  CAF_CHECK_EQUAL(with("Basic OnNlY3JldA=="), 0u);
  for (auto x : {"", "secret", "Bearer", "Bearer ", "Bearer secre",
                 "Bearer secrett", "Bearersecret", "Basic eDpzZWNyZQ==",
                 "Basic c2VjcmV0", "Basic ????", "Digest secret"})
    CAF_CHECK_EQUAL(std::make_pair(x, with(x)), std::make_pair(x, 401u));
  auto refusal = uut.refuse(get("localhost"));
  CAF_REQUIRE(refusal);
  CAF_CHECK(find(refusal->headers, "WWW-Authenticate") != nullptr);
}

CAF_TEST(a POST needs the field that no form can send) {
  http_gate uut{"", {}};
  auto x = get("localhost");
  x.method = http_method::post;
  CAF_CHECK_EQUAL(status(uut, x), 403u);
  x.marker = "0";
  CAF_CHECK_EQUAL(status(uut, x), 403u);
  x.marker = "1";
  CAF_CHECK_EQUAL(status(uut, x), 0u);
}

CAF_TEST(other methods are refused with those that are allowed) {
  http_gate uut{"", {}};
  auto x = get("localhost");
  x.method = http_method::other;
  auto refusal = uut.refuse(x);
  CAF_REQUIRE(refusal);
  CAF_CHECK_EQUAL(refusal->status, 405u);
  CAF_REQUIRE(find(refusal->headers, "Allow") != nullptr);
  CAF_CHECK_EQUAL(*find(refusal->headers, "Allow"), "GET, HEAD, POST");
}
