#define CAF_SUITE bound_files

#include "actors/decode/bound_files.hpp"
#include "tests/test.hpp"

#include <memory>

using namespace rrdflow;

CAF_TEST(a file is bound anew only with another definition) {
  bound_files uut;
  definition_ptr x = std::make_shared<file_definition>();
  definition_ptr y = std::make_shared<file_definition>();
  CAF_CHECK(uut.bind(7, x));
  CAF_CHECK(!uut.bind(7, x));
  CAF_CHECK(uut.bind(100'000, x));
  CAF_CHECK(uut.bind(7, y));
  CAF_CHECK(uut.bind(7, x));
  uut.forget(7);
  uut.forget(8);
  uut.forget(1'000'000);
  CAF_CHECK(uut.bind(7, x));
  CAF_CHECK(!uut.bind(100'000, x));
  // A definition that no file has any longer is let go of: what is at its
  // address later is another one.
  uut.bind(7, y);
  uut.forget(100'000);
  CAF_CHECK_EQUAL(x.use_count(), 1);
  CAF_CHECK_EQUAL(y.use_count(), 2);
}
