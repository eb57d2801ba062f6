#define CAF_SUITE topic_syntax

#include "config/naming_syntax.hpp"
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

CAF_TEST(naming templates say what they use) {
  auto x = parse_naming("a/{1}/{3..}/{path}");
  CAF_CHECK_EQUAL(x.mistake, "");
  CAF_CHECK(x.path && !x.topic);
  CAF_CHECK(!x.uses_level(0) && x.uses_level(1) && !x.uses_level(2));
  CAF_CHECK(x.uses_level(3) && x.uses_tail(3) && !x.uses_tail(2));
  CAF_CHECK(parse_naming("{topic}").uses_tail(0));
  for (auto bad : {"", "{", "}", "{}", "a{b", "{1", "a}b", "{-1}", "{1.}",
                   "{..}", "{1..2}", "{{1}}", "{99999}", "{Topic}"})
    CAF_CHECK_NOT_EQUAL(parse_naming(bad).mistake, "");
}
