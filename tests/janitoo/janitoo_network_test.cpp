#define CAF_SUITE janitoo_network

#include "config/run_time_values.hpp"
#include "tests/janitoo/network_fixture.hpp"

using namespace rrdflow;

namespace {

struct members_fixture : test::network_fixture {
  /// What is published when a value is polled first.
  std::string poll(const std::string& hadd, const std::string& uuid) {
    engine.connected(0);
    engine.tick(1000);
    return heard("/values/basic/" + hadd + '/' + uuid);
  }

  /// The names of a node's values, in their order.
  std::string values(const std::string& hadd) {
    std::string result;
    for (auto& bus : network.buses)
      if (auto node = bus.find(hadd))
        for (auto& x : node->values)
          result += x.uuid + ' ';
    return result;
  }

  janitoo_network network = make_janitoo_network(settings);
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(janitoo_network_tests, members_fixture)

CAF_TEST(there is a node for each address) {
  std::string nodes;
  for (auto x : network.nodes())
    nodes += x->hadd + '=' + x->uuid + ' ';
  CAF_CHECK_EQUAL(nodes, "0014/0000=datarrd 0014/0008=datarrd__load "
                         "0014/0009=datarrd__mem 0018/0000=http "
                         "0018/0001=http__rrd ");
  settings.janitoo.http_hadd.clear();
  CAF_CHECK_EQUAL(make_janitoo_network(settings).buses.size(), 1u);
}

CAF_TEST(every node has the values of the original) {
  const std::string common = "heartbeat hadd config_timeout name location ";
  CAF_CHECK_EQUAL(values("0014/0000"),
                  common
                    + "count_values count_values_poll count_series "
                      "count_series_poll cache_rrd_ttl cache_pickle_ttl "
                      "cache_dead_ttl actions ");
  CAF_CHECK_EQUAL(values("0014/0008"),
                  common
                    + "source source_poll source_config rrd_file rrd_step "
                      "http_file ");
  CAF_CHECK_EQUAL(values("0018/0000"),
                  common + "http_host http_port http_actions ");
  CAF_CHECK_EQUAL(values("0018/0001"), common + "resource resource_poll ");
}

CAF_TEST(every value that can be set has a key of its node) {
  for (auto node : network.nodes())
    for (auto& x : node->values)
      if ((x.genre == janitoo::setting || x.genre == janitoo::system)
          && !x.readonly && !x.fixed)
        CAF_CHECK(find_run_time_key(node->setting_node, x.uuid) != nullptr);
}

CAF_TEST(a source is published with all its indexes) {
  CAF_CHECK_EQUAL(
    poll("0014/0008", "source"),
    R"({"0": {"entry_name": "sensor_string", "uuid": "source", )"
    R"("node_uuid": "datarrd__load", "voice_uuid": null, "hadd": "0014/0008", )"
    R"("cmd_class": 49, "is_readonly": true, "is_writeonly": false, )"
    R"("default": null, "label": "Source label (0048/0002|load|0|GAUGE|load1))"
    R"(", "help": "The source label", "units": null, "list_items": null, )"
    R"("max": null, "min": null, "genre": 1, "type": 8, "index": 0, )"
    R"("is_polled": true, "poll_delay": 900, "reply_hadd": null, )"
    R"("data": "load1"}})");
  settings.rules.rrds[1].source_poll = std::chrono::seconds{1};
  engine.configure(settings, 1000);
  engine.tick(2000);
  auto two = heard("/values/basic/0014/0009/source");
  CAF_CHECK(two.find(R"("1": {"entry_name")") != std::string::npos);
  CAF_CHECK(two.find(R"((0048/0004|memory_rss|1|GAUGE|roomba))")
            != std::string::npos);
  CAF_CHECK(two.find(R"("data": "roomba"}})") != std::string::npos);
}

CAF_TEST(values without an index are published flat) {
  CAF_CHECK_EQUAL(
    poll("0018/0001", "resource"),
    R"({"entry_name": "sensor_string", "uuid": "resource", )"
    R"("node_uuid": "http__rrd", "voice_uuid": null, "hadd": "0018/0001", )"
    R"("cmd_class": 4145, "is_readonly": true, "is_writeonly": false, )"
    R"("default": null, "label": "Resource", )"
    R"("help": "The address of the pages", "units": null, )"
    R"("list_items": null, "max": null, "min": null, "genre": 1, "type": 8, )"
    R"("index": 0, "is_polled": true, "poll_delay": 1800, )"
    R"("reply_hadd": null, "data": "localhost:8081/rrd/"})");
}

CAF_TEST(names of others are text) {
  settings.rules.rrds[0].title = "a\"b\\c\n\x01";
  network = make_janitoo_network(settings);
  CAF_CHECK_EQUAL(json_text(network.buses[0].nodes[1].name),
                  R"("a\"b\\c\n\u0001")");
}

CAF_TEST_FIXTURE_SCOPE_END()
