#define CAF_SUITE file_response

#include "actors/serve/api/file_response.hpp"
#include "tests/test.hpp"

#include <utility>

using namespace rrdflow;

namespace {

using pair = std::pair<uint64_t, uint64_t>;

/// Offset and size; (1, 0): outside; (0, 0): the whole file.
pair range(std::string_view field, uint64_t size = 100) {
  auto x = parse_range(field, size);
  if (!x)
    return {0, 0};
  return x->size == 0 ? pair{1, 0} : pair{x->offset, x->size};
}

struct fixture {
  fixture() {
    file.bytes = std::make_shared<const std::string>("0123456789");
    file.tag = "abc";
    file.modified = 1700000000;
  }

  http_response respond() const {
    return respond_with_file(request, file);
  }

  std::string field(const char* name) const {
    auto response = respond();
    auto* x = find(response.headers, name);
    return x == nullptr ? "" : *x;
  }

  http_request request;
  served_file file;
};

const pair whole{0, 0};
const pair outside{1, 0};

} // namespace

CAF_TEST(one range is understood) {
  CAF_CHECK_EQUAL(range("bytes=0-0"), pair(0, 1));
  CAF_CHECK_EQUAL(range("bytes=10-19"), pair(10, 10));
  CAF_CHECK_EQUAL(range("Bytes=10-"), pair(10, 90));
  CAF_CHECK_EQUAL(range("bytes=-5"), pair(95, 5));
  CAF_CHECK_EQUAL(range("bytes=-500"), pair(0, 100));
  CAF_CHECK_EQUAL(range(" bytes=99-1000 "), pair(99, 1));
  CAF_CHECK_EQUAL(range("bytes=0-99999999999999999999999"), pair(0, 100));
}

CAF_TEST(a range may lie outside) {
  CAF_CHECK_EQUAL(range("bytes=100-"), outside);
  CAF_CHECK_EQUAL(range("bytes=100-200"), outside);
  CAF_CHECK_EQUAL(range("bytes=-0"), outside);
  CAF_CHECK_EQUAL(range("bytes=99999999999999999999999-"), outside);
  CAF_CHECK_EQUAL(range("bytes=0-", 0), outside);
}

CAF_TEST(what is no single range is the whole file) {
  for (auto x : {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b",
                 "bytes=1-x", "bytes=x-1", "bytes=+1-2", "bytes=0x1-2",
                 "lines=1-2", "bytes:1-2", "bytes=0-1,3-4", "bytes=0-1,",
                 "bytes=--5", "bytes=1--5", "bytes=1-2-3"})
    CAF_CHECK_EQUAL(std::make_pair(x, range(x)), std::make_pair(x, whole));
}

CAF_TEST(tags are compared weakly in a list) {
  for (auto x : {"\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "*", " * ",
                 "\"abc\" ,\"y\"", ",,\"abc\""})
    CAF_CHECK(lists_tag(x, "abc"));
  for (auto x : {"", "abc", "\"ABC\"", "\"abcd\"", "w/\"abc\"", "\"x\"",
                 "\"*\"", "\"abc"})
    CAF_CHECK(!lists_tag(x, "abc"));
}

CAF_TEST(dates are those of HTTP) {
  CAF_CHECK_EQUAL(http_date(1700000000), "Tue, 14 Nov 2023 22:13:20 GMT");
  CAF_CHECK_EQUAL(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  CAF_CHECK_EQUAL(http_date(-5), http_date(0));
  CAF_CHECK_EQUAL(http_date(std::numeric_limits<int64_t>::max()),
                  "Fri, 31 Dec 9999 23:59:59 GMT");
}

CAF_TEST_FIXTURE_SCOPE(file_response_tests, fixture)

CAF_TEST(a file goes out whole) {
  auto x = respond();
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(x.fixed, "0123456789");
  CAF_CHECK(x.owner == file.bytes);
  CAF_CHECK_EQUAL(x.content_type, "application/octet-stream");
  CAF_CHECK_EQUAL(field("ETag"), "\"abc\"");
  CAF_CHECK_EQUAL(field("Last-Modified"), "Tue, 14 Nov 2023 22:13:20 GMT");
  CAF_CHECK_EQUAL(field("Accept-Ranges"), "bytes");
}

CAF_TEST(a part goes out with its place) {
  request.range = "bytes=3-5";
  CAF_CHECK_EQUAL(respond().status, 206u);
  CAF_CHECK_EQUAL(respond().fixed, "345");
  CAF_CHECK(respond().owner == file.bytes);
  CAF_CHECK_EQUAL(field("Content-Range"), "bytes 3-5/10");
  CAF_CHECK_EQUAL(field("ETag"), "\"abc\"");
  request.range = "bytes=10-";
  CAF_CHECK_EQUAL(respond().status, 416u);
  CAF_CHECK(!respond().owner);
  CAF_CHECK_EQUAL(field("Content-Range"), "bytes */10");
}

CAF_TEST(a part of a file that changed is not wanted) {
  request.range = "bytes=3-5";
  request.if_range = "\"abc\"";
  CAF_CHECK_EQUAL(respond().status, 206u);
  for (auto x : {"\"abd\"", "W/\"abc\"", "Tue, 14 Nov 2023 22:13:20 GMT"}) {
    request.if_range = x;
    CAF_CHECK_EQUAL(respond().status, 200u);
    CAF_CHECK_EQUAL(respond().fixed, "0123456789");
  }
}

CAF_TEST(a client that has the file gets no body) {
  request.if_none_match = "\"abc\"";
  request.range = "bytes=3-5";
  CAF_CHECK_EQUAL(respond().status, 304u);
  CAF_CHECK(respond().fixed.empty());
  CAF_CHECK_EQUAL(field("ETag"), "\"abc\"");
  request.if_none_match = "\"abd\"";
  CAF_CHECK_EQUAL(respond().status, 206u);
}

CAF_TEST(a range means nothing to HEAD) {
  request.method = http_method::head;
  request.range = "bytes=3-5";
  CAF_CHECK_EQUAL(respond().status, 200u);
  CAF_CHECK_EQUAL(respond().fixed.size(), 10u);
  request.if_none_match = "*";
  CAF_CHECK_EQUAL(respond().status, 304u);
}

CAF_TEST_FIXTURE_SCOPE_END()
