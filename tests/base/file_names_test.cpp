#define CAF_SUITE file_names

#include "actors/base/file_names.hpp"
#include "tests/test.hpp"

#include <stdexcept>
#include <string>

using namespace rrdflow;

CAF_TEST(names come back under the ids they were given) {
  file_names uut;
  CAF_CHECK_EQUAL(uut.add("plant/hall"), 0u);
  CAF_CHECK_EQUAL(uut.add(""), 1u);
  CAF_CHECK_EQUAL(uut.add("plant/roof"), 2u);
  CAF_CHECK_EQUAL(uut.size(), 3u);
  CAF_CHECK_EQUAL(uut.path(0), "plant/hall");
  CAF_CHECK_EQUAL(uut.path(1), "");
  CAF_CHECK_EQUAL(uut.path(2), "plant/roof");
}

CAF_TEST(names stay in place while many are added) {
  file_names uut;
  uut.add("first");
  auto first = uut.path(0);
  // More than one chunk of ids and more than one block of bytes.
  auto name = [](int i) {
    return std::string(static_cast<size_t>(i % 300), 'x') + std::to_string(i);
  };
  for (auto i = 1; i < 100'000; ++i)
    uut.add(name(i));
  CAF_CHECK_EQUAL(uut.path(0).data(), first.data());
  CAF_CHECK_EQUAL(first, "first");
  auto differ = 0;
  for (auto i = 1; i < 100'000; ++i)
    differ += uut.path(static_cast<file_id>(i)) != name(i);
  CAF_CHECK_EQUAL(differ, 0);
}

CAF_TEST(a name beyond the limits is not taken) {
  file_names uut;
  auto refused = false;
  try {
    uut.add(std::string(70'000, 'x'));
  } catch (const std::length_error&) {
    refused = true;
  }
  CAF_CHECK(refused);
  CAF_CHECK_EQUAL(uut.add(std::string(65'535, 'x')), 0u);
  CAF_CHECK_EQUAL(uut.path(0).size(), 65'535u);
}

CAF_TEST(a key depends on the path alone) {
  file_names uut;
  uut.add("x");
  uut.add("a/b");
  CAF_CHECK_EQUAL(uut.key(1), path_key("a/b"));
  CAF_CHECK_NOT_EQUAL(uut.key(0), uut.key(1));
}
