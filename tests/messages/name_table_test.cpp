#define CAF_SUITE name_table

#include "messages/name_table.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

CAF_TEST(names come back under the ids they were given) {
  name_table uut;
  CAF_CHECK_EQUAL(uut.add("plant/hall"), 0u);
  CAF_CHECK_EQUAL(uut.add(""), 1u);
  CAF_CHECK_EQUAL(uut.add("plant/roof"), 2u);
  CAF_CHECK_EQUAL(uut.size(), 3u);
  CAF_CHECK_EQUAL(uut.path(0), "plant/hall");
  CAF_CHECK_EQUAL(uut.path(1), "");
  CAF_CHECK_EQUAL(uut.path(2), "plant/roof");
}

CAF_TEST(names stay in place while many are added) {
  name_table uut;
  uut.add("first");
  auto first = uut.path(0);
  // More than one chunk of ids and more than one block of bytes.
  for (auto i = 0; i < 100000; ++i)
    uut.add("some/longer/name/" + std::to_string(i));
  CAF_CHECK_EQUAL(uut.path(0).data(), first.data());
  CAF_CHECK_EQUAL(uut.path(100000), "some/longer/name/99999");
}

CAF_TEST(a key depends on the path alone) {
  name_table uut;
  uut.add("x");
  uut.add("a/b");
  CAF_CHECK_EQUAL(uut.key(1), path_key("a/b"));
  CAF_CHECK_NOT_EQUAL(uut.key(0), uut.key(1));
}
