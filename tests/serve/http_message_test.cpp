#define CAF_SUITE http_message

#include "actors/serve/http/http_message.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

using pairs = http_parameters;

http_request with_body(std::string type, std::string body) {
  http_request x;
  x.content_type = std::move(type);
  x.body = std::move(body);
  return x;
}

} // namespace

CAF_TEST(a target is split and decoded) {
  http_request x;
  CAF_REQUIRE(parse_target("/api/v1/data?series=a%2Fb+c%20d&from=-1h&x&=y", x));
  CAF_CHECK_EQUAL(x.path, "/api/v1/data");
  CAF_CHECK_EQUAL(
    x.parameters,
    (pairs{{"series", "a/b c d"}, {"from", "-1h"}, {"x", ""}, {"", "y"}}));
}

CAF_TEST(malformed targets are refused) {
  for (auto x :
       {"", "api", "*", "http://h/", "/%", "/%2", "/%zz", "/a?b=%", "/a%00b"}) {
    http_request request;
    CAF_CHECK_EQUAL(std::make_pair(x, parse_target(x, request)),
                    std::make_pair(x, false));
  }
  std::string many = "/?";
  for (auto i = 0; i < 65; ++i)
    many += "a=b&";
  http_request request;
  CAF_CHECK(!parse_target(many, request));
}

CAF_TEST(the last bytes of a text are decoded) {
  CAF_CHECK_EQUAL(percent_decode("%41", true).value_or("?"), "A");
  CAF_CHECK_EQUAL(percent_decode("a+b%2B", false).value_or("?"), "a+b+");
}

CAF_TEST(a body is a form or a flat JSON object) {
  auto form
    = with_body("application/x-www-form-urlencoded", "pattern=a%2A&d=1");
  CAF_CHECK_EQUAL(parse_body(form), "");
  CAF_CHECK_EQUAL(form.parameters, (pairs{{"pattern", "a*"}, {"d", "1"}}));
  auto json = with_body("application/json; charset=utf-8",
                        R"({"pattern":"a\"*","delete":true,"n":12})");
  CAF_CHECK_EQUAL(parse_body(json), "");
  CAF_CHECK_EQUAL(
    json.parameters,
    (pairs{{"pattern", "a\"*"}, {"delete", "true"}, {"n", "12"}}));
  auto empty = with_body("text/plain", "");
  CAF_CHECK_EQUAL(parse_body(empty), "");
}

CAF_TEST(other bodies are mistakes) {
  for (auto text : {"[1]", "{\"a\":[1]}", "{\"a\":null}", "{", "{}x", "\xff"}) {
    auto x = with_body("application/json", text);
    CAF_CHECK_NOT_EQUAL(parse_body(x), "");
  }
  auto plain = with_body("text/plain", "x");
  CAF_CHECK_NOT_EQUAL(parse_body(plain), "");
  auto form = with_body("", "a=%");
  CAF_CHECK_NOT_EQUAL(parse_body(form), "");
  std::string deep(60000, '[');
  auto x = with_body("application/json", "{\"a\":" + deep);
  CAF_CHECK_NOT_EQUAL(parse_body(x), "");
}

CAF_TEST(base64 is decoded) {
  CAF_CHECK_EQUAL(base64_decode("").value_or("?"), "");
  CAF_CHECK_EQUAL(base64_decode("eDpzZWNyZXQ=").value_or("?"), "x:secret");
  CAF_CHECK_EQUAL(base64_decode("YWI=").value_or("?"), "ab");
  CAF_CHECK_EQUAL(base64_decode("YWJj").value_or("?"), "abc");
  CAF_CHECK(!base64_decode("YWJ"));
  CAF_CHECK(!base64_decode("Y(Jj"));
}

CAF_TEST(yes and no) {
  CAF_CHECK(parse_bool("true").value_or(false));
  CAF_CHECK(!parse_bool("0").value_or(true));
  CAF_CHECK(!parse_bool("maybe"));
}
