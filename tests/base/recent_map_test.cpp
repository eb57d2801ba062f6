#define CAF_SUITE recent_map

#include "actors/base/recent_map.hpp"
#include "tests/test.hpp"

#include <string>

using namespace rrdflow;

namespace {

std::string order(const recent_map<int>& xs) {
  std::string result;
  for (auto& x : xs)
    result += std::to_string(x.hash) + '=' + std::to_string(x.value) + ' ';
  return result;
}

} // namespace

CAF_TEST(what was not touched for the longest time goes first) {
  recent_map<int> uut{3};
  for (auto hash : {1, 2, 3})
    uut.touch(static_cast<uint64_t>(hash)) = hash * 10;
  CAF_CHECK_EQUAL(order(uut), "3=30 2=20 1=10 ");
  CAF_CHECK_EQUAL(uut.touch(1), 10);
  CAF_CHECK_EQUAL(uut.touch(4), 0);
  CAF_CHECK_EQUAL(order(uut), "4=0 1=10 3=30 ");
  CAF_CHECK(uut.find(2) == nullptr);
  CAF_CHECK_EQUAL(*uut.find(3), 30);
  CAF_CHECK_EQUAL(uut.oldest(), 30);
}

CAF_TEST(values can be erased) {
  recent_map<int> uut{2};
  uut.touch(1) = 1;
  uut.touch(2) = 2;
  uut.erase(1);
  uut.erase(7);
  CAF_CHECK_EQUAL(order(uut), "2=2 ");
  uut.touch(3) = 3;
  CAF_CHECK_EQUAL(order(uut), "3=3 2=2 ");
  uut.drop_oldest();
  CAF_CHECK_EQUAL(order(uut), "3=3 ");
  CAF_MESSAGE("moving keeps all");
  auto other = std::move(uut);
  other.touch(4) = 4;
  other.touch(5) = 5;
  CAF_CHECK_EQUAL(order(other), "5=5 4=4 ");
}
