#define CAF_SUITE live_feed

#include "actors/serve/api/live_feed.hpp"
#include "tests/test.hpp"

#include <cmath>

using namespace rrdflow;

namespace {

constexpr int64_t second = 1000000000;

struct fixture {
  metric_registry registry;

  live_feed uut{&registry, [] {
                  live_limits x;
                  x.clients = 2;
                  x.waiting = 1000;
                  return x;
                }()};

  /// What a client gets; the stream must not be empty.
  static std::string read(http_stream& x) {
    std::string result(4096, '\0');
    result.resize(x.take(nullptr, result.data(), result.size()));
    return result;
  }

  /// A client that has read its greeting.
  std::shared_ptr<http_stream> add(const std::vector<std::string>& names) {
    auto result = uut.add(names);
    CAF_REQUIRE(result != nullptr);
    CAF_REQUIRE_EQUAL(read(*result), "retry: 2000\n\n");
    return result;
  }

  void find(const std::string& name, file_id id) {
    series_info x;
    x.name = name;
    x.id = id;
    x.shard = id % 2;
    uut.found(name, x);
  }
};

using strings = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(live_feed_tests, fixture)

CAF_TEST(a client hears each new value once) {
  auto client = add({"a", "b"});
  CAF_CHECK_EQUAL(uut.lost(second * 100), (strings{"a", "b"}));
  find("a", 1);
  find("b", 2);
  CAF_CHECK_EQUAL(uut.files().size(), 2u);
  uut.heard({{1, 0, second, 21.5}, {2, 0, second * 2, NAN}, {2, 1, 1, 1}});
  uut.tell(second * 3, false);
  CAF_CHECK_EQUAL(read(*client),
                  "data: {\"series\":\"a\",\"time\":\"1970-01-01T00:00:01Z\","
                  "\"value\":21.5,\"age\":2}\n\n"
                  "data: {\"series\":\"b\",\"time\":\"1970-01-01T00:00:02Z\","
                  "\"value\":null,\"age\":1}\n\n");
  uut.heard({{1, 0, second * 4, 22}, {2, 0, second * 2, NAN}});
  uut.tell(second * 4, false);
  CAF_CHECK_EQUAL(read(*client).find("\"series\":\"b\""), std::string::npos);
}

CAF_TEST(a client hears at most once a second) {
  auto client = add({"a"});
  find("a", 1);
  uut.heard({{1, 0, second, 1}});
  uut.tell(second * 2, true);
  read(*client);
  uut.heard({{1, 0, second * 2, 2}});
  uut.tell(second * 2 + second / 4, false);
  uut.tell(second * 4, true); // for others
  uut.tell(second * 3, false);
  CAF_CHECK(read(*client).find("\"value\":2") != std::string::npos);
}

CAF_TEST(a silent client hears a comment) {
  auto client = add({"a"});
  uut.tell(second * 100, true);
  CAF_CHECK_EQUAL(read(*client), ": nothing new\n\n");
  uut.tell(second * 114, false);
  uut.tell(second * 115, false);
  CAF_CHECK_EQUAL(read(*client), ": nothing new\n\n");
}

CAF_TEST(a series that does not exist is looked up again) {
  auto client = add({"a"});
  CAF_CHECK_EQUAL(uut.lost(second * 100), strings{"a"});
  CAF_CHECK_EQUAL(uut.lost(second * 104), strings{});
  CAF_CHECK_EQUAL(uut.lost(second * 105), strings{"a"});
  find("a", 1);
  CAF_CHECK_EQUAL(uut.lost(second * 200), strings{});
  CAF_MESSAGE("and so is one that its shard let go of");
  uut.heard({{1, 0, 0, 0}});
  CAF_CHECK_EQUAL(uut.lost(second * 300), strings{"a"});
  CAF_MESSAGE("and every one of a new flow");
  find("a", 2);
  uut.forget_places();
  CAF_CHECK(uut.files().empty());
  CAF_CHECK_EQUAL(uut.lost(second * 300), strings{"a"});
}

CAF_TEST(clients are bounded and make room when they leave) {
  auto first = add({"a"});
  auto second_one = add({"b"});
  CAF_CHECK(uut.add({"c"}) == nullptr);
  first->close();
  CAF_CHECK(uut.add({"c"}) != nullptr);
  uut.sweep();
  CAF_CHECK_EQUAL(uut.lost(second * 100), (strings{"b", "c"}));
}

CAF_TEST(a client that takes nothing is dropped and counted) {
  auto slow = add({"a"});
  auto quick = add({"a"});
  find("a", 1);
  for (auto i = 1; i < 30; ++i) {
    uut.heard({{1, 0, second * i, 1}});
    uut.tell(second * i, false);
    read(*quick);
  }
  CAF_CHECK(slow->dropped());
  CAF_CHECK(!quick->closed());
  uut.sweep();
  CAF_CHECK_EQUAL(registry.sum("live_clients"), 1.0);
  CAF_CHECK_EQUAL(registry.sum("live_clients_dropped_total"), 1.0);
}

CAF_TEST_FIXTURE_SCOPE_END()
