#define CAF_SUITE field_map

#include "actors/decode/field_map.hpp"
#include "tests/test.hpp"

#include <string>

using namespace rrdflow;

namespace {

struct binding_fixture {
  size_t add(const std::string& path, const std::vector<uint32_t>& mappings) {
    return uut.add(paths.get_or_create(path), mappings);
  }

  path_pool paths;
  field_map uut;
};

std::string name(size_t i) {
  return "field" + std::to_string(i);
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(field_map_tests, binding_fixture)

CAF_TEST(fields are found at the hint and elsewhere) {
  for (size_t n : {1u, 2u, 3u, 16u, 17u, 100u}) {
    uut = {};
    CAF_CHECK_EQUAL(uut.size(), 0u);
    CAF_CHECK(uut.begin() == uut.end());
    for (size_t i = 0; i < n; ++i)
      CAF_CHECK_EQUAL(add(name(i), {uint32_t(i)}), i);
    CAF_CHECK_EQUAL(uut.size(), n);
    for (size_t i = 0; i < n; ++i) {
      CAF_CHECK_EQUAL(uut.find(name(i), i), i);
      CAF_CHECK_EQUAL(uut.find(name(i), (i + 1) % n), i);
      CAF_CHECK_EQUAL(uut.find(name(i), n), i);
      CAF_CHECK_EQUAL(uut[i].mapping_index, i);
    }
    CAF_CHECK(uut.find(name(n), 0) == field_map::npos);
    CAF_CHECK_EQUAL(paths.size(), n);
  }
  uut = {};
  CAF_CHECK_EQUAL(paths.size(), 0u);
}

CAF_TEST(the empty path is one like others) {
  add("", {5});
  CAF_CHECK_EQUAL(uut.find("", 0), 0u);
  CAF_CHECK_EQUAL(uut.find("", 7), 0u);
  CAF_CHECK(uut.find("a", 0) == field_map::npos);
  CAF_CHECK_EQUAL(paths.size(), 0u);
}

CAF_TEST(several mappings of a path follow each other) {
  add("a", {});
  add("b", {7, 8, 9});
  add("c", {1});
  CAF_REQUIRE_EQUAL(uut.size(), 5u);
  CAF_CHECK(uut[0].state == binding_state::unused);
  CAF_CHECK(!uut[0].more);
  CAF_CHECK_EQUAL(uut.find("b", 0), 1u);
  CAF_CHECK(uut[1].more && uut[2].more && !uut[3].more);
  CAF_CHECK_EQUAL(uut[3].mapping_index, 9u);
  CAF_CHECK_EQUAL(uut[3].path.text(), "b");
  CAF_CHECK_EQUAL(uut.find("c", 1), 4u);
}

CAF_TEST(a sweep keeps the paths with a file and finds them) {
  for (size_t i = 0; i < 60; ++i) {
    auto at = add(name(i), {1, 2});
    if (i % 3 == 0)
      uut[at + 1].state = binding_state::resolved;
  }
  CAF_CHECK(uut.has_file());
  uut.sweep();
  CAF_REQUIRE_EQUAL(uut.size(), 40u);
  CAF_CHECK_EQUAL(paths.size(), 20u);
  for (size_t i = 0; i < 60; ++i) {
    auto at = uut.find(name(i), 0);
    if (i % 3 != 0) {
      CAF_CHECK(at == field_map::npos);
      continue;
    }
    CAF_CHECK_EQUAL(at, i / 3 * 2);
    CAF_CHECK(uut[at].more && !uut[at + 1].more);
    CAF_CHECK_EQUAL(uut[at + 1].mapping_index, 2u);
  }
  for (auto& x : uut)
    x.state = binding_state::unresolved;
  CAF_CHECK(!uut.has_file());
  uut.sweep();
  CAF_CHECK_EQUAL(uut.size(), 0u);
  CAF_CHECK_EQUAL(paths.size(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
