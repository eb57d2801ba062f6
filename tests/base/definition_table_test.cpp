#define CAF_SUITE definition_table

#include "actors/base/definition_table.hpp"
#include "tests/test.hpp"

#include <memory>

using namespace rrdflow;

namespace {

definition_ptr make_definition() {
  return std::make_shared<file_definition>();
}

} // namespace

CAF_TEST(a definition has one number as long as a file uses it) {
  definition_table uut;
  auto x = make_definition();
  auto y = make_definition();
  auto first = uut.obtain(x);
  CAF_CHECK_EQUAL(uut.obtain(x), first);
  auto second = uut.obtain(y);
  CAF_CHECK(uut.at(first) == x);
  CAF_CHECK(uut.at(second) == y);
  CAF_CHECK_EQUAL(x.use_count(), 2);
  uut.release(first);
  CAF_CHECK_EQUAL(uut.size(), 2u);
  uut.release(first);
  CAF_CHECK_EQUAL(uut.size(), 1u);
  CAF_CHECK_EQUAL(x.use_count(), 1);
  // The number is used again.
  CAF_CHECK_EQUAL(uut.obtain(make_definition()), first);
  CAF_CHECK(uut.at(second) == y);
}
