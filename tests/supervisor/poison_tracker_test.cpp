#define CAF_SUITE poison_tracker

#include "actors/supervisor/poison_tracker.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

flow_death over_record(position answered, position read) {
  flow_death result;
  result.over_record = true;
  result.answered = answered;
  result.read = read;
  return result;
}

flow_death over(position at_hand) {
  auto result = over_record(at_hand, at_hand + 50);
  result.at_hand = at_hand;
  return result;
}

} // namespace

CAF_TEST(a record is dead after two tries) {
  poison_tracker uut;
  CAF_CHECK(!uut.died(over_record(100, 900)));
  CAF_CHECK_EQUAL(uut.from(), 100u);
  CAF_CHECK_EQUAL(uut.to(), 900u);
  CAF_CHECK(uut.died(over(300)) == position{300});
}

CAF_TEST(each of several records is found) {
  poison_tracker uut;
  uut.died(over_record(100, 900));
  CAF_CHECK(uut.died(over(300)) == position{300});
  CAF_CHECK(uut.died(over(400)) == position{400});
  CAF_CHECK(!uut.died(over_record(2000, 2500)));
  CAF_CHECK_EQUAL(uut.from(), 2000u);
  CAF_CHECK_EQUAL(uut.to(), 2500u);
  CAF_CHECK(uut.died(over(2100)) == position{2100});
}

CAF_TEST(deaths for other reasons make no record suspicious) {
  poison_tracker uut;
  auto other = over(300);
  other.over_record = false;
  for (auto i = 0; i < 10; ++i)
    CAF_CHECK(!uut.died(other));
  CAF_CHECK_EQUAL(uut.to(), 0u);
}

CAF_TEST(a death before these records makes all records suspicious) {
  poison_tracker uut;
  uut.died(over_record(500, 900));
  CAF_CHECK(!uut.died(over_record(400, 600)));
  CAF_CHECK_EQUAL(uut.from(), 0u);
  CAF_CHECK_EQUAL(uut.to(), 900u);
}

CAF_TEST(want of memory is not held against a record at once) {
  poison_tracker uut;
  uut.died(over_record(100, 900));
  auto death = over(300);
  death.out_of_memory = true;
  CAF_CHECK(!uut.died(death));
  CAF_CHECK(!uut.died(death));
  CAF_CHECK(!uut.died(death));
  CAF_CHECK(uut.died(death) == position{300});
}
