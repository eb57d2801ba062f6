#define CAF_SUITE topic_filter

#include "actors/decode/topic_filter.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

CAF_TEST(filters match as MQTT says) {
  CAF_CHECK(topic_matches("a/b", "a/b"));
  CAF_CHECK(!topic_matches("a/b", "a/B"));
  CAF_CHECK(!topic_matches("a/b", "a/b/c"));
  CAF_CHECK(!topic_matches("a/b/c", "a/b"));
  CAF_CHECK(topic_matches("a/+", "a/b"));
  CAF_CHECK(topic_matches("a/+", "a/"));
  CAF_CHECK(!topic_matches("a/+", "a"));
  CAF_CHECK(!topic_matches("a/+", "a/b/c"));
  CAF_CHECK(topic_matches("+/b", "a/b"));
  CAF_CHECK(topic_matches("+/+", "/b"));
  CAF_CHECK(topic_matches("/+", "/b"));
  CAF_CHECK(!topic_matches("+", "/b"));
  CAF_CHECK(topic_matches("#", "a"));
  CAF_CHECK(topic_matches("#", "/"));
  CAF_CHECK(topic_matches("a/#", "a"));
  CAF_CHECK(topic_matches("a/#", "a/"));
  CAF_CHECK(topic_matches("a/#", "a/b/c"));
  CAF_CHECK(!topic_matches("a/#", "ab"));
  CAF_CHECK(topic_matches("+/#", "a"));
  CAF_CHECK(topic_matches("a/+/c/#", "a/b/c/d/e"));
  CAF_CHECK(!topic_matches("a/+/c/#", "a/b/d"));
  CAF_CHECK(!topic_matches("", "a"));
}

CAF_TEST(leading wildcards leave out what begins with a dollar) {
  CAF_CHECK(!topic_matches("#", "$SYS/uptime"));
  CAF_CHECK(!topic_matches("+/uptime", "$SYS/uptime"));
  CAF_CHECK(topic_matches("$SYS/#", "$SYS/uptime"));
  CAF_CHECK(topic_matches("$SYS/+", "$SYS/uptime"));
  CAF_CHECK(topic_matches("a/+", "a/$b"));
}

CAF_TEST(a shared subscription matches without its group) {
  CAF_CHECK(topic_matches("$share/group/a/+", "a/b"));
  CAF_CHECK(!topic_matches("$share/group/a/+", "b/b"));
  CAF_CHECK(!topic_matches("$share/group/#", "$SYS/b"));
}

CAF_TEST(topics that no broker should send are refused) {
  CAF_CHECK(is_good_topic("a/b"));
  CAF_CHECK(is_good_topic("/"));
  CAF_CHECK(is_good_topic("a//b %s <b> ../.."));
  CAF_CHECK(is_good_topic("h\xc3\xbctte/\xef\xbb\xbf"));
  CAF_CHECK(!is_good_topic(""));
  CAF_CHECK(!is_good_topic(std::string_view{"a\0b", 3}));
  CAF_CHECK(!is_good_topic("a\nb"));
  CAF_CHECK(!is_good_topic("a\x7f"));
  CAF_CHECK(!is_good_topic("a\xc2\x85"));
  CAF_CHECK(is_good_topic("21\xc2\xb0"));
  CAF_CHECK(!is_good_topic("a/+"));
  CAF_CHECK(!is_good_topic("#"));
  CAF_CHECK(!is_good_topic("a\xff"));
  CAF_CHECK(!is_good_topic("\xc0\xaf"));
  CAF_CHECK(!is_good_topic("\xed\xa0\x80"));
}

CAF_TEST(patterns of fields match paths) {
  CAF_CHECK(field_matches("ENERGY/Total", "ENERGY/Total"));
  CAF_CHECK(!field_matches("ENERGY/Total", "ENERGY/TotalStartTime"));
  CAF_CHECK(!field_matches("ENERGY/Total", "x/ENERGY/Total"));
  CAF_CHECK(field_matches("*/Total", "ENERGY/Total"));
  CAF_CHECK(!field_matches("*/Total", "Total"));
  CAF_CHECK(!field_matches("*", "a/b"));
  CAF_CHECK(field_matches("**/linkquality", "linkquality"));
  CAF_CHECK(field_matches("**/linkquality", "a/b/linkquality"));
  CAF_CHECK(!field_matches("**/linkquality", "a/linkquality/b"));
  CAF_CHECK(field_matches("a/**", "a"));
  CAF_CHECK(field_matches("a/**", "a/b/c"));
  CAF_CHECK(field_matches("a/**/c", "a/c"));
  CAF_CHECK(field_matches("a/**/c/*", "a/c/b/c/d"));
  CAF_CHECK(field_matches("**", ""));
  CAF_CHECK(field_matches("", ""));
  CAF_CHECK(!field_matches("", "a"));
  CAF_CHECK(!field_matches("a", ""));
}

CAF_TEST(many double stars do not take for ever) {
  std::string pattern;
  std::string path;
  for (auto i = 0; i < 200; ++i) {
    pattern += "**/a/";
    path += "a/";
  }
  CAF_CHECK(!field_matches(pattern + "b", path + "c"));
  CAF_CHECK(field_matches(pattern + "b", path + "b"));
}
