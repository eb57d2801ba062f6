#define CAF_SUITE janitoo_refusals

#include "tests/janitoo/engine_fixture.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

CAF_TEST_FIXTURE_SCOPE(janitoo_refusals_tests, engine_fixture)

CAF_TEST(a discovery that nobody can be told of is refused) {
  ask(to_bus, discovery("nodes", ""));
  ask(to_bus, discovery("nodes", R"(, "reply_hadd": null)"));
  CAF_CHECK_EQUAL(refused("fields"), 2);
  ask(to_bus, discovery("secrets"));
  ask(to_bus, R"({"cmd_class": 20480, "genre": 3, "reply_hadd": "1111/0000",
                  "uuid": "request_info_nodes"})");
  CAF_CHECK_EQUAL(refused("value"), 2);
  CAF_CHECK(said.empty());
}

CAF_TEST(what is not for us is refused by reason) {
  auto none = [&](const std::string& topic, const std::string& payload,
                  const std::string& reason) {
    auto before = refused(reason);
    CAF_CHECK(ask(topic, payload).empty());
    CAF_CHECK(said.empty());
    CAF_CHECK_EQUAL(refused(reason), before + 1);
  };
  auto flush = [&](const std::string& more, const std::string& hadd) {
    return request(4176, 1, "actions", more, hadd);
  };
  const std::string data = R"("data": "flush")";
  for (auto topic : {"/nodes/0014/0000/reply", "/nodes/0014/0000", "/nodes/",
                     "/nodes//request", "/nodes/0014/0007/request", "",
                     "/broadcast/reply/1", "/nodes/0014/0000/request/x"})
    none(topic, flush(data, "0014/0000"), "topic");
  none(to_bus, flush(data, "0014/0007"), "hadd");
  CAF_MESSAGE("a node of the other bus");
  none(to_bus, flush(data, "0018/0000"), "hadd");
  none(broadcast, flush(data, "0099/0000"), "hadd");
  none(to_bus, R"({"cmd_class": 4176, "genre": 1, "uuid": "actions",
                   "data": "flush"})",
       "fields");
  CAF_MESSAGE("another class, genre, value");
  none(to_bus, request(4177, 1, "actions", data), "value");
  none(to_bus, request(4176, 3, "actions", data), "value");
  none(to_bus, request(4176, 1, "action", data), "value");
  none(to_bus, request(112, 4, "cache_rrd_ttl", data), "value");
  none(to_bus, request(112, 1, "actions", data), "value");
  CAF_MESSAGE("no such action");
  for (auto bad : {"\"FLUSH\"", "null", "true", "1", "[\"flush\"]", "\"\""})
    none(to_bus, flush("\"data\": " + std::string{bad}, "0014/0000"), "action");
  none(to_bus, flush("\"x\": 1", "0014/0000"), "action");
  none(to_bus, request(49, 1, "count_values", data + ", " + set_flags),
       "action");
  none(to_bus, request(112, 4, "hadd", R"("data": "0001/0000", )" + set_flags),
       "action");
  none("/nodes/0018/0001/request",
       request(112, 4, "hadd", R"("data": "x", )" + set_flags, "0018/0001"),
       "action");
  none(to_bus, request(112, 3, "name", set_flags), "fields");
  none(to_bus,
       request(112, 3, "name",
               R"("is_readonly": false, "is_writeonly": false)"),
       "action");
  none(to_bus, flush(data + R"(, "is_writeonly": 1)", "0014/0000"), "flags");
  none(to_bus, "ONLINE", "json");
}

CAF_TEST_FIXTURE_SCOPE_END()
