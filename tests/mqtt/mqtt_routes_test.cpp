#define CAF_SUITE mqtt_routes

#include "actors/mqtt/mqtt_intake.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

using ids = std::vector<uint32_t>;

struct fixture {
  mqtt_routes routes;

  /// "j" for the journal, "n" for the node.
  std::string of(const char* topic, const ids& identifiers) {
    incoming_message x;
    x.topic = topic;
    x.identifiers = identifiers.data();
    x.identifier_count = identifiers.size();
    auto y = routes.of(x);
    return std::string{y.journal ? "j" : ""} + (y.node ? "n" : "");
  }

  static std::string show(const std::vector<subscription>& xs) {
    std::string result;
    for (auto& x : xs)
      result += x.filter + ' ';
    return result;
  }

  std::vector<subscription> rules{{1, "#"}, {3, "/broadcast/request"}};
  std::vector<subscription> node{{2, "/nodes/0014/#"},
                                 {3, "/broadcast/request"}};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(mqtt_routes_tests, fixture)

CAF_TEST(without a node everything is for the journal) {
  routes.set(rules, {});
  CAF_CHECK_EQUAL(of("/nodes/0014/0000/request", {}), "j");
  CAF_CHECK_EQUAL(of("/nodes/0014/0000/request", {2}), "j");
}

CAF_TEST(an identifier says whose copy it is) {
  routes.set(rules, node);
  CAF_CHECK_EQUAL(of("/nodes/0014/0000/request", {2}), "n");
  CAF_CHECK_EQUAL(of("/nodes/0014/0000/request", {1}), "j");
  CAF_MESSAGE("some brokers join the copies");
  CAF_CHECK_EQUAL(of("/nodes/0014/0000/request", {1, 2}), "jn");
  CAF_MESSAGE("a filter of both");
  CAF_CHECK_EQUAL(of("/broadcast/request", {3}), "jn");
  CAF_MESSAGE("one that is no longer wanted");
  CAF_CHECK_EQUAL(of("/nodes/0014/0000/request", {9}), "j");
  CAF_CHECK(routes.only_node(2));
  CAF_CHECK(!routes.only_node(3));
  CAF_CHECK(!routes.only_node(1));
}

CAF_TEST(without identifiers the topic says it) {
  routes.set({{1, "/values/#"}, {3, "/broadcast/request"}}, node);
  CAF_CHECK_EQUAL(of("/nodes/0014/0000/request", {}), "n");
  CAF_CHECK_EQUAL(of("/nodes/0014", {}), "n");
  CAF_CHECK_EQUAL(of("/nodes/0015/0000/request", {}), "j");
  CAF_CHECK_EQUAL(of("/values/basic/0014/0000/x", {}), "j");
  CAF_CHECK_EQUAL(of("/broadcast/request", {}), "jn");
  CAF_CHECK_EQUAL(of("", {}), "j");
}

CAF_TEST(a filter that both have is subscribed once) {
  CAF_CHECK_EQUAL(show(besides(rules, node, true)), "/nodes/0014/# ");
  CAF_MESSAGE("without identifiers each copy would count");
  CAF_CHECK_EQUAL(show(besides(rules, node, false)), "");
  CAF_CHECK_EQUAL(show(besides({{1, "/values/#"}}, node, false)),
                  "/nodes/0014/# /broadcast/request ");
}

CAF_TEST(without identifiers only the widest filters are subscribed) {
  std::vector<subscription> filters{
    {1, "s/+/x"}, {2, "s/#"}, {3, "s/1/x"}, {4, "+/1/x"}, {5, "t"}};
  CAF_CHECK_EQUAL(show(widest(filters, {})), "s/# +/1/x t ");
  CAF_MESSAGE("what the broker refuses covers nothing");
  CAF_CHECK_EQUAL(show(widest(filters, {"s/#"})), "s/+/x s/# +/1/x t ");
}

CAF_TEST_FIXTURE_SCOPE_END()
