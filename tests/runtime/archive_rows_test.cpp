#define CAF_SUITE archive_rows

#include "runtime/convert/archive_rows.hpp"
#include "tests/test.hpp"

#include <cmath>

using namespace rrdflow;

CAF_TEST(coarse rows are made of fine ones) {
  using origin = archive_rows::origin;
  archive_rows fine{{consolidation::average, 0.5, 1, 12}, 1, 300, 7200};
  archive_rows coarse{{consolidation::average, 0.5, 6, 4}, 1, 300, 7200};
  CAF_CHECK_EQUAL(coarse.end_of(1), 5400);
  CAF_CHECK(!coarse.make(0, fine));
  archive_rows old = fine;
  for (size_t age = 0; age < 12; ++age) {
    old.at(age, 0) = static_cast<double>(age);
    fine.put(age, old, age, true);
  }
  CAF_CHECK(coarse.make(0, fine));
  CAF_CHECK_EQUAL(coarse.at(0, 0), 2.5);
  CAF_CHECK(coarse.origin_of(0) == origin::made);
  CAF_CHECK(coarse.make(1, fine));
  CAF_CHECK_EQUAL(coarse.at(1, 0), 8.5);
  // The fine rows do not reach back so far.
  CAF_CHECK(!coarse.make(2, fine));
  // Half of them may be unknown.
  for (size_t age : {0u, 1u, 2u, 3u}) {
    CAF_CHECK(coarse.make(0, fine));
    CAF_CHECK(!std::isnan(coarse.at(0, 0)));
    fine.at(age, 0) = std::nan("");
  }
  CAF_CHECK(coarse.make(0, fine));
  CAF_CHECK(std::isnan(coarse.at(0, 0)));
}

CAF_TEST(two rows of one slot become one) {
  for (auto [function, wanted] : {std::pair{consolidation::average, 2.0},
                                  {consolidation::min, 1.0},
                                  {consolidation::max, 3.0},
                                  {consolidation::last, 1.0}}) {
    archive_rows from{{function, 0.5, 1, 2}, 1, 300, 600};
    archive_rows to = from;
    from.at(0, 0) = 3;
    from.at(1, 0) = 1;
    to.put(0, from, 0, false);
    to.put(0, from, 1, false);
    if (function != consolidation::last)
      CAF_CHECK_EQUAL(to.at(0, 0), wanted);
    // What is exact counts more.
    to.put(0, from, 0, true);
    to.put(0, from, 1, false);
    CAF_CHECK_EQUAL(to.at(0, 0), 3);
  }
}
