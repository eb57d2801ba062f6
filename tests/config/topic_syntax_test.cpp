#define CAF_SUITE topic_syntax

#include "config/topic_syntax.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

CAF_TEST(filters are checked as MQTT defines them) {
  for (auto good : {"a", "/", "+", "#", "a/+/b", "+/+", "a/#", "$SYS/#", "//"})
    CAF_CHECK_EQUAL(topic_filter_mistake(good), "");
  for (auto bad : {"", "a/#/b", "a+", "+a/b", "a/b#", "##", "$share/g/a"})
    CAF_CHECK_NOT_EQUAL(topic_filter_mistake(bad), "");
  CAF_CHECK_NOT_EQUAL(topic_filter_mistake({"a\0b", 3}), "");
  CAF_CHECK_NOT_EQUAL(topic_filter_mistake(std::string(65536, 'a')), "");
}

CAF_TEST(a filter covers another) {
  auto yes = {std::pair{"#", "a"},  {"#", "a/+/#"},  {"a/#", "a"},
              {"a/+", "a/b"},       {"a/+", "a/+"},  {"+/+", "a/+"},
              {"a/#", "a/b/c"},     {"a/#", "a/#"},  {"$SYS/#", "$SYS/x"},
              {"a/+/#", "a/b/c/d"}, {"a/+/#", "a/+"}};
  for (auto [wide, narrow] : yes)
    CAF_CHECK(covers(wide, narrow));
  auto no = {std::pair{"a", "#"}, {"a", "b"},        {"a/+", "a/#"},
             {"a/+", "a"},        {"a/+", "a/b/c"},  {"a/b", "a/+"},
             {"#", "$SYS/x"},     {"+/x", "$SYS/x"}, {"a/+/#", "a"}};
  for (auto [wide, narrow] : no)
    CAF_CHECK(!covers(wide, narrow));
}

CAF_TEST(filters overlap) {
  auto yes
    = {std::pair{"a/+", "+/b"}, {"a/#", "a"},   {"a/+/c", "a/b/#"},  {"#", "a"},
       {"+/b/#", "a/+/c"},      {"a/b", "a/b"}, {"$SYS/#", "$SYS/+"}};
  for (auto [x, y] : yes)
    CAF_CHECK(overlap(x, y) && overlap(y, x));
  auto no = {std::pair{"a/+", "b/+"}, {"a/+", "a/b/c"},  {"a", "a/+"},
             {"#", "$SYS/a"},         {"+/a", "$SYS/a"}, {"a/b/#", "a/c/#"}};
  for (auto [x, y] : no)
    CAF_CHECK(!overlap(x, y) && !overlap(y, x));
}
