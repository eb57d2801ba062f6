#define CAF_SUITE request_book

#include "actors/journal/request_book.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

CAF_TEST(a request is done when all shares are in) {
  request_book uut;
  uut.open(7);
  CAF_CHECK(!uut.done(7, 3, {1, 2, {}}));
  CAF_CHECK(!uut.done(7, 3, {10, 20, {"a: full"}}));
  auto sum = uut.done(7, 3, {100, 200, {"b: full"}});
  CAF_REQUIRE(sum);
  CAF_CHECK_EQUAL(sum->rows, 111u);
  CAF_CHECK_EQUAL(sum->files, 222u);
  CAF_CHECK_EQUAL(sum->failures,
                  (std::vector<std::string>{"a: full", "b: full"}));
  CAF_CHECK_EQUAL(uut.size(), 0u);
}

CAF_TEST(shares of unknown requests are ignored) {
  request_book uut;
  CAF_CHECK(!uut.done(1, 1, {}));
  uut.open(2);
  CAF_CHECK(!uut.done(1, 1, {}));
  CAF_CHECK(uut.done(2, 1, {}));
  CAF_CHECK(!uut.done(2, 1, {}));
}

CAF_TEST(requests do not mix) {
  request_book uut;
  uut.open(1);
  uut.open(2);
  CAF_CHECK(!uut.done(1, 2, {1, 0, {}}));
  CAF_CHECK(!uut.done(2, 2, {10, 0, {}}));
  auto second = uut.done(2, 2, {10, 0, {}});
  auto first = uut.done(1, 2, {1, 0, {}});
  CAF_REQUIRE(first && second);
  CAF_CHECK_EQUAL(second->rows, 20u);
  CAF_CHECK_EQUAL(first->rows, 2u);
}

CAF_TEST(an outcome names a bounded number of failures) {
  request_book uut;
  uut.open(1);
  request_outcome share;
  share.failures.assign(80, "x: gone");
  CAF_CHECK(!uut.done(1, 2, share));
  auto sum = uut.done(1, 2, share);
  CAF_REQUIRE(sum);
  CAF_REQUIRE_EQUAL(sum->failures.size(), request_book::max_failures + 1);
  CAF_CHECK_EQUAL(sum->failures.back(), "and 60 more");
}
