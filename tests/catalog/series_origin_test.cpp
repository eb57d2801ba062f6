#define CAF_SUITE series_origin

#include "actors/catalog/series_origin.hpp"
#include "tests/test.hpp"

#include <string>
#include <vector>

using namespace rrdflow;

namespace {

struct sample_origin {
  std::string name;
  std::string topic;
  std::string path;
  uint32_t ref = 0;
};

} // namespace

CAF_TEST(an origin comes back however little it has in common with the name) {
  std::vector<sample_origin> all{
    {"plant/hall/temp", "plant/hall/temp", ""},
    {"plant/hall/temp", "plant/hall", "temp"},
    {"temp", "plant/hall", "temp"},
    {"hall/temp", "plant/hall", "values/temp"},
    {"aaa", "aaaa", "aa"},
    {"aaaa", "aaa", "aaaaaaaa"},
    {"x", "y", "z"},
    {"", "plant", ""},
    {std::string(300, 'n'), std::string(500, 'n'), std::string(200, 'n')},
    {"big", std::string(2 << 20, 't'), "path"},
    {"after", "after/it", "path"},
  };
  origin_store uut;
  for (auto& x : all)
    x.ref = uut.add(x.name, x.topic, x.path);
  for (auto& x : all) {
    auto found = uut.at(x.ref, x.name);
    CAF_CHECK(found.topic == x.topic);
    CAF_CHECK(found.path == x.path);
    CAF_CHECK(uut.is(x.ref, x.name, x.topic, x.path));
    CAF_CHECK(!uut.is(x.ref, x.name, x.topic + "x", x.path));
    CAF_CHECK(!uut.is(x.ref, x.name, x.topic, x.path + "x"));
  }
}

CAF_TEST(series of one kind share a text) {
  origin_store uut;
  auto plain = uut.add("hall/a", "hall/a", "");
  auto field = uut.add("hall/a/temp", "hall/a", "temp");
  CAF_CHECK_NOT_EQUAL(plain, field);
  for (auto i = 0; i < 100; ++i) {
    auto topic = "hall/sensor-" + std::to_string(i * i);
    CAF_CHECK_EQUAL(uut.add(topic, topic, ""), plain);
    CAF_CHECK_EQUAL(uut.add(topic + "/temp", topic, "temp"), field);
  }
}
