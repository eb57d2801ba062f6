#define CAF_SUITE janitoo_engine

#include "tests/janitoo/network_fixture.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

using strings = std::vector<std::string>;

CAF_TEST_FIXTURE_SCOPE(janitoo_engine_tests, engine_fixture)

CAF_TEST(the nodes of a bus are told in one reply) {
  files.insert("load");
  ask(to_bus, discovery("nodes"));
  CAF_CHECK_EQUAL(topics(), (strings{"/nodes/0111/0000/reply"}));
  auto reply = heard("/nodes/0111/0000/reply");
  CAF_CHECK(has(reply,
                R"({"cmd_class": 20480, "genre": 4, )"
                R"("uuid": "request_info_nodes", "reply_hadd": "0111/0000", )"
                R"("data": {"datarrd": {"uuid": "datarrd", "oid": "datarrd", )"
                R"("capabilities": [4], "cmd_classes": [4176, 112, 49], )"
                R"("name": "RRD Controller", )"
                R"("product_name": "RRD controller", )"
                R"("product_type": "Default product type", )"
                R"("product_manufacturer": "Default product manufacturer", )"
                R"("location": "Local", "heartbeat": 30, )"
                R"("config_timeout": 3, "hadd": "0014/0000", )"
                R"("state": "ONLINE"}, )"));
  CAF_CHECK(has(reply,
                R"("datarrd__load": {"uuid": "datarrd__load", )"
                R"("oid": "datarrd.datasource", "capabilities": [], )"
                R"("cmd_classes": [112, 49], "name": "RRD source load", )"
                R"("product_name": "RRD Datasource", )"
                R"("product_type": "Software", )"
                R"("product_manufacturer": "RRD", "location": "Local", )"
                R"("heartbeat": 60, "config_timeout": 3, )"
                R"("hadd": "0014/0008", "state": "ONLINE"})"));
  CAF_CHECK(has(reply, R"("hadd": "0014/0009", "state": "OFFLINE")"));
  CAF_CHECK(!has(reply, "0018/"));
}

CAF_TEST(two buses make two replies to a broadcast) {
  ask(broadcast, discovery("nodes"));
  CAF_REQUIRE_EQUAL(topics(), (strings{"/broadcast/reply/0111/0000",
                                       "/broadcast/reply/0111/0000"}));
  CAF_CHECK(has(said[0].second, "datarrd__mem"));
  CAF_CHECK(has(said[1].second, "http__rrd"));
  ask("/nodes/0018/0001/request", discovery("nodes"));
  CAF_CHECK_EQUAL(said.size(), 1u);
  CAF_CHECK(has(heard("/nodes/0111/0000/reply"), "http__rrd"));
}

CAF_TEST(the values of a bus are told by genre) {
  ask(to_bus, discovery("systems"));
  CAF_CHECK(
    has(heard("/nodes/0111/0000/reply"),
        R"("data": {"0014/0000": {"heartbeat": {"uuid": "heartbeat", )"
        R"("node_uuid": "datarrd", "voice_uuid": null, "hadd": "0014/0000", )"
        R"("cmd_class": 112, "is_readonly": false, "is_writeonly": false, )"
        R"("default": null, "label": "heartbeat", )"
        R"("help": "The heartbeat delay in seconds", "units": "seconds", )"
        R"("list_items": null, "max": 3000, "min": 0, "genre": 4, "type": 4, )"
        R"("index": 0, "is_polled": false, "poll_delay": 0, )"
        R"("reply_hadd": null, "data": 30}, "hadd": {)"));
  ask(to_bus, discovery("basics"));
  auto basics = heard("/nodes/0111/0000/reply");
  CAF_CHECK(has(basics, R"("count_values": {"0": {"entry_name")"));
  CAF_CHECK(has(basics, R"("list_items": ["flush"])"));
  CAF_MESSAGE("one source: no index in the label");
  CAF_CHECK(has(basics, R"("label": "Source label", )"));
  CAF_CHECK(has(basics, R"(Source label (0048/0004|memory_rss|1|GAUGE)"));
  ask(to_bus, discovery("configs"));
  auto configs = heard("/nodes/0111/0000/reply");
  CAF_CHECK(has(configs, R"("cache_rrd_ttl": {"0": {"entry_name")"));
  CAF_CHECK(has(configs, R"("default": 3600, "label": "Rrd ttl")"));
  CAF_CHECK(has(configs, R"("data": "0048/0004|memory_rss|1|GAUGE|roomba"}})"));
  for (auto none : {"users", "commands"}) {
    ask(to_bus, discovery(none));
    CAF_CHECK(has(heard("/nodes/0111/0000/reply"), R"("data": {}})"));
  }
}

CAF_TEST(a configuration value is set and answered) {
  auto tasks
    = ask(to_bus, request(112, 3, "cache_rrd_ttl",
                          R"("data": 1800, )" + set_flags + ", " + asker));
  CAF_REQUIRE_EQUAL(tasks.size(), 1u);
  CAF_CHECK(said.empty());
  CAF_CHECK(tasks[0].what == janitoo_task::kind::set);
  CAF_CHECK_EQUAL(tasks[0].setting.node, "datarrd");
  CAF_CHECK_EQUAL(tasks[0].setting.key, "cache_rrd_ttl");
  CAF_CHECK_EQUAL(tasks[0].setting.value, "1800");
  engine.done(tasks[0], "1801");
  CAF_CHECK_EQUAL(topics(),
                  (strings{"/values/config/0014/0000/cache_rrd_ttl"}));
  CAF_CHECK_EQUAL(heard("/values/config/0014/0000/cache_rrd_ttl"),
                  R"({"cmd_class": 112, "genre": 3, "uuid": "cache_rrd_ttl", )"
                  R"("hadd": "0014/0000", "data": 1801, )"
                  R"("is_writeonly": false, "is_readonly": true, )"
                  R"("reply_hadd": "9999/9990", "label": "Rrd ttl", )"
                  R"("help": "The cache_rrd_ttl"})");
}

CAF_TEST(a system value is echoed as it was sent) {
  auto tasks
    = ask(broadcast, request(112, 4, "heartbeat",
                             R"("data": "25", )" + set_flags, "0014/0009"));
  CAF_REQUIRE_EQUAL(tasks.size(), 1u);
  CAF_CHECK_EQUAL(tasks[0].setting.node, "mem");
  engine.done(tasks[0], "25");
  CAF_CHECK(
    has(heard("/values/system/0014/0009/heartbeat"), R"("data": "25")"));
}

CAF_TEST(settings are read without a task) {
  CAF_CHECK(ask(to_bus, request(112, 3, "cache_dead_ttl",
                                R"("data": null, )" + get_flags))
              .empty());
  CAF_CHECK(has(heard("/values/config/0014/0000/cache_dead_ttl"),
                R"("data": 86400, )"));
  ask(to_bus, request(112, 4, "hadd", R"("x": 1)"));
  CAF_CHECK(
    has(heard("/values/system/0014/0000/hadd"), R"("data": "0014/0000")"));
  ask("/nodes/0014/0008/request",
      request(112, 3, "source_config", R"("index": 5)", "0014/0008"));
  CAF_CHECK(
    has(heard("/values/config/0014/0008/source_config"), R"("index": 5, )"));
  CAF_CHECK(has(heard("/values/config/0014/0008/source_config"),
                R"("data": "0048/0002|load|0|GAUGE|load1")"));
}

CAF_TEST(a flush is answered when it is done) {
  auto tasks
    = ask(to_bus, request(4176, 1, "actions",
                          R"("data": "flush", )" + set_flags + ", " + asker));
  CAF_REQUIRE_EQUAL(tasks.size(), 1u);
  CAF_CHECK(tasks[0].what == janitoo_task::kind::flush);
  CAF_CHECK(said.empty());
  engine.done(tasks[0], "");
  CAF_CHECK_EQUAL(topics(), (strings{"/nodes/9999/9990/reply",
                                     "/values/basic/0014/0000/actions"}));
  CAF_CHECK_EQUAL(said[0].second, said[1].second);
  CAF_CHECK_EQUAL(
    said[0].second,
    R"({"entry_name": "action_list", "uuid": "actions", )"
    R"("node_uuid": "datarrd", "voice_uuid": null, "hadd": "0014/0000", )"
    R"("cmd_class": 4176, "is_readonly": true, "is_writeonly": false, )"
    R"("default": null, "label": "Actions", )"
    R"("help": "The action on the store", "units": null, )"
    R"("list_items": ["flush"], "max": null, "min": null, "genre": 1, )"
    R"("type": 5, "index": 0, "is_polled": false, "poll_delay": 0, )"
    R"("reply_hadd": "9999/9990", "data": "flush"})");
}

CAF_TEST(an action needs no flag and its genre names the topic) {
  auto tasks
    = ask(broadcast, request(4176, 5, "actions", R"("data": "flush")"));
  CAF_REQUIRE_EQUAL(tasks.size(), 1u);
  engine.done(tasks[0], "");
  CAF_CHECK_EQUAL(topics(), (strings{"/values/command/0014/0000/actions"}));
}

CAF_TEST(counts are sums of metrics) {
  auto ask_for_rows = [&] {
    CAF_CHECK(
      ask(to_bus, request(49, 1, "count_series",
                          R"("data": null, )" + get_flags + ", " + asker))
        .empty());
  };
  CAF_MESSAGE("no flow, no answer");
  ask_for_rows();
  CAF_CHECK(said.empty());
  CAF_CHECK_EQUAL(refused("flow"), 1);
  gauge one{&registry, {"rows_waiting", ""}};
  gauge other{&registry, {"rows_waiting", ""}};
  one.set(10);
  other.set(7);
  ask_for_rows();
  CAF_CHECK(has(heard("/nodes/9999/9990/reply"), R"("data": 17})"));
  CAF_CHECK(has(heard("/values/basic/0014/0000/count_series"),
                R"("label": "#Series", )"));
}

CAF_TEST(actions of the web server) {
  auto ask_for = [&](const std::string& action) {
    return ask("/nodes/0018/0000/request",
               request(4144, 1, "http_actions", "\"data\": \"" + action + '"',
                       "0018/0000"));
  };
  auto tasks = ask_for("reload");
  CAF_REQUIRE_EQUAL(tasks.size(), 1u);
  CAF_CHECK(tasks[0].what == janitoo_task::kind::reload);
  for (auto x : {"start", "stop"}) {
    CAF_CHECK(ask_for(x).empty());
    CAF_CHECK_EQUAL(topics(),
                    (strings{"/values/basic/0018/0000/http_actions"}));
  }
  CAF_CHECK_EQUAL(registry.sum("janitoo_actions_not_done_total"), 2);
}

CAF_TEST(heartbeats begin with the first connection) {
  files.insert("load");
  engine.tick(100000);
  CAF_CHECK(said.empty());
  engine.connected(200000);
  gauge count{&registry, {"files", ""}};
  count.set(3);
  engine.tick(201000);
  CAF_CHECK_EQUAL(heard("/dhcp/heartbeat/0014/0008"), "ONLINE");
  CAF_CHECK_EQUAL(heard("/dhcp/heartbeat/0014/0009"), "OFFLINE");
  CAF_CHECK_EQUAL(heard("/dhcp/heartbeat/0018/0001"), "ONLINE");
  CAF_CHECK_EQUAL(heard("/dhcp/heartbeat/0014/0000"), "nothing");
  CAF_CHECK(has(heard("/values/basic/0014/0008/source"), "load1"));
  CAF_CHECK(has(heard("/values/basic/0014/0000/count_values"), "\"data\": 3}"));
  said.clear();
  engine.tick(230000);
  CAF_CHECK_EQUAL(heard("/dhcp/heartbeat/0014/0000"), "ONLINE");
  CAF_CHECK_EQUAL(heard("/dhcp/heartbeat/0018/0000"), "ONLINE");
}

CAF_TEST(all nodes say so when they leave) {
  engine.leave();
  CAF_CHECK_EQUAL(said.size(), 5u);
  for (auto& x : said)
    CAF_CHECK_EQUAL(x.second, "OFFLINE");
  CAF_CHECK_EQUAL(heard("/dhcp/heartbeat/0018/0001"), "OFFLINE");
}

CAF_TEST(another configuration holds at once) {
  settings.janitoo.name = "New";
  settings.cache.flush_after = std::chrono::seconds{7};
  engine.configure(settings, 0);
  ask(to_bus, request(112, 3, "cache_rrd_ttl", get_flags));
  CAF_CHECK(
    has(heard("/values/config/0014/0000/cache_rrd_ttl"), "\"data\": 7"));
  ask(to_bus, discovery("nodes"));
  CAF_CHECK(has(heard("/nodes/0111/0000/reply"), "\"name\": \"New\""));
}

CAF_TEST(a discovery without an address for the reply is refused) {
  ask(to_bus, discovery("nodes", ""));
  ask(to_bus, discovery("nodes", R"(, "reply_hadd": null)"));
  CAF_CHECK_EQUAL(refused("fields"), 2);
  ask(to_bus, discovery("secrets"));
  ask(to_bus, R"({"cmd_class": 20480, "genre": 3, "reply_hadd": "1111/0000",
                  "uuid": "request_info_nodes"})");
  CAF_CHECK_EQUAL(refused("value"), 2);
  CAF_CHECK(said.empty());
}

CAF_TEST(what is not for these nodes is refused by reason) {
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
