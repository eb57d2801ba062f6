#define CAF_SUITE live

#include "actors/serve/api/live_feed.hpp"
#include "tests/serve/server_fixture.hpp"

#include <chrono>
#include <cmath>
#include <deque>
#include <thread>

using namespace rrdflow;
using namespace std::chrono_literals;
using test::raw_client;
using test::second;

namespace {

struct feed_fixture {
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

struct fixture : test::server_fixture {
  using test::server_fixture::server_fixture;

  static void ask(raw_client& client, const std::string& query) {
    client.send(test::plain_get("/api/v1/live?" + query));
  }

  void put(double value) {
    clock += 2 * second;
    std::lock_guard guard{state->mutex};
    state->last = {{1, 0, clock, value}};
  }

  double metric(const std::string& name) {
    auto text = get("/metrics").body;
    auto at = text.find("\n" + name + " ");
    return at == text.npos ? -1 : std::stod(text.substr(at + name.size() + 2));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(live_feed_tests, feed_fixture)

CAF_TEST(a client hears each new value once) {
  auto client = add({"a", "b"});
  CAF_CHECK_EQUAL(uut.unresolved(second * 100), (strings{"a", "b"}));
  find("a", 1);
  find("b", 2);
  CAF_CHECK_EQUAL(uut.files().size(), 2u);
  uut.update({{1, 0, second, 21.5}, {2, 0, second * 2, NAN}, {2, 1, 1, 1}});
  uut.send(second * 3, false);
  CAF_CHECK_EQUAL(read(*client),
                  "data: {\"series\":\"a\",\"time\":\"1970-01-01T00:00:01Z\","
                  "\"value\":21.5,\"age\":2}\n\n"
                  "data: {\"series\":\"b\",\"time\":\"1970-01-01T00:00:02Z\","
                  "\"value\":null,\"age\":1}\n\n");
  uut.update({{1, 0, second * 4, 22}, {2, 0, second * 2, NAN}});
  uut.send(second * 4, false);
  CAF_CHECK_EQUAL(read(*client).find("\"series\":\"b\""), std::string::npos);
}

CAF_TEST(a client hears at most once a second) {
  auto client = add({"a"});
  find("a", 1);
  uut.update({{1, 0, second, 1}});
  uut.send(second * 2, true);
  read(*client);
  uut.update({{1, 0, second * 2, 2}});
  uut.send(second * 2 + second / 4, false);
  uut.send(second * 4, true); // for others
  uut.send(second * 3, false);
  CAF_CHECK(read(*client).find("\"value\":2") != std::string::npos);
}

CAF_TEST(a silent client hears a comment) {
  auto client = add({"a"});
  uut.send(second * 100, true);
  CAF_CHECK_EQUAL(read(*client), ": nothing new\n\n");
  uut.send(second * 114, false);
  uut.send(second * 115, false);
  CAF_CHECK_EQUAL(read(*client), ": nothing new\n\n");
}

CAF_TEST(a series that does not exist is looked up again) {
  auto client = add({"a"});
  CAF_CHECK_EQUAL(uut.unresolved(second * 100), strings{"a"});
  CAF_CHECK_EQUAL(uut.unresolved(second * 104), strings{});
  CAF_CHECK_EQUAL(uut.unresolved(second * 105), strings{"a"});
  find("a", 1);
  CAF_CHECK_EQUAL(uut.unresolved(second * 200), strings{});
  CAF_MESSAGE("and so is one that its shard let go of");
  uut.update({{1, 0, 0, 0}});
  CAF_CHECK_EQUAL(uut.unresolved(second * 300), strings{"a"});
  CAF_MESSAGE("and every one of a new flow");
  find("a", 2);
  uut.reset_places();
  CAF_CHECK(uut.files().empty());
  CAF_CHECK_EQUAL(uut.unresolved(second * 300), strings{"a"});
}

CAF_TEST(clients are bounded and make room when they leave) {
  auto first = add({"a"});
  auto second_one = add({"b"});
  CAF_CHECK(uut.add({"c"}) == nullptr);
  first->close();
  CAF_CHECK(uut.add({"c"}) != nullptr);
  uut.sweep();
  CAF_CHECK_EQUAL(uut.unresolved(second * 100), (strings{"b", "c"}));
}

CAF_TEST(a client that takes nothing is dropped and counted) {
  auto slow = add({"a"});
  auto quick = add({"a"});
  find("a", 1);
  for (auto i = 1; i < 30; ++i) {
    uut.update({{1, 0, second * i, 1}});
    uut.send(second * i, false);
    read(*quick);
  }
  CAF_CHECK(slow->dropped());
  CAF_CHECK(!quick->closed());
  uut.sweep();
  CAF_CHECK_EQUAL(registry.sum("live_clients"), 1.0);
  CAF_CHECK_EQUAL(registry.sum("live_clients_dropped_total"), 1.0);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(live_tests, fixture)

CAF_TEST(values arrive as events) {
  raw_client client{address};
  ask(client, "series=a/b%20c&series=nope&series=a/b%20c");
  auto head = client.receive();
  CAF_CHECK_EQUAL(head.status, 200u);
  CAF_CHECK_EQUAL(head.fields["content-type"], "text/event-stream");
  CAF_CHECK_EQUAL(head.fields["x-content-type-options"], "nosniff");
  CAF_CHECK(client.await("retry: 2000\n\n"));
  CAF_CHECK(client.await("data: {\"series\":\"a/b c\",\"time\":"
                         "\"2023-11-14T22:13:15.500Z\",\"value\":21.5,"
                         "\"age\":4.5}\n\n"));
  put(22);
  CAF_CHECK(client.await("\"value\":22,"));
  CAF_MESSAGE("and others are served meanwhile");
  CAF_CHECK_EQUAL(get("/api/v1/series").status, 200u);
  CAF_CHECK_EQUAL(metric("rrdflow_live_clients"), 1);
}

CAF_TEST(nonsense is refused) {
  CAF_CHECK_EQUAL(get("/api/v1/live").status, 400u);
  CAF_CHECK_EQUAL(get("/api/v1/live?series=").status, 400u);
  std::string many;
  for (auto i = 0; i < 64; ++i)
    many += "series=" + std::to_string(i) + "&";
  CAF_CHECK_EQUAL(get("/api/v1/live?" + many + "series=a").status, 400u);
  CAF_CHECK_EQUAL(test::ask(address, "HEAD /api/v1/live?series=a").status,
                  200u);
  CAF_CHECK_EQUAL(post("/api/v1/live?series=a").status, 405u);
  CAF_CHECK_EQUAL(
    test::ask(address, "GET /api/v1/live?series=a", "Host: evil\r\n").status,
    403u);
  CAF_CHECK_EQUAL(metric("rrdflow_live_clients"), 0);
}

CAF_TEST(a client that leaves makes room) {
  {
    std::deque<raw_client> clients;
    for (auto i = 0; i < 64; ++i) {
      clients.emplace_back(address);
      ask(clients.back(), "series=a/d");
      CAF_REQUIRE_EQUAL(clients.back().receive().status, 200u);
    }
    auto refused = get("/api/v1/live?series=a/d");
    CAF_CHECK_EQUAL(refused.status, 503u);
    CAF_CHECK_EQUAL(refused.fields["retry-after"], "5");
    CAF_CHECK(refused.body.find("64 live clients") != std::string::npos);
  }
  CAF_CHECK(
    test::comes_true([&] { return metric("rrdflow_live_clients") == 0; }));
}

CAF_TEST(events go on over a restart of the flow) {
  raw_client client{address};
  ask(client, "series=a/b%20c");
  CAF_CHECK(client.await("\"value\":21.5"));
  end(flow);
  caf::anon_send(uut, atom::flow_v, std::string{"restarting"});
  CAF_CHECK(
    test::comes_true([&] { return get("/api/v1/series").status == 503; }));
  CAF_MESSAGE("a client that comes has the flow asked that ended");
  raw_client late{address};
  ask(late, "series=a/d");
  CAF_CHECK_EQUAL(late.receive().status, 200u);
  flow = test::spawn_stand_ins(sys, state);
  caf::anon_send(uut, atom::flow_v, flow);
  put(23);
  CAF_CHECK(client.await("\"value\":23,"));
}

CAF_TEST(the end of the service ends the events) {
  raw_client client{address};
  ask(client, "series=a/b%20c");
  CAF_CHECK(client.await("\"value\":21.5"));
  stop();
  CAF_CHECK(client.await("\r\n0\r\n\r\n"));
  CAF_CHECK(client.ended());
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(the token guards the events) {
  fixture f{true, "secret"};
  CAF_CHECK_EQUAL(f.get("/api/v1/live?series=a/d").status, 401u);
  CAF_CHECK_EQUAL(f.get("/api/v1/quarantine").status, 401u);
}

CAF_TEST(a client outlives the limits of other requests) {
  http_limits limits;
  limits.request = 200ms; // then libmicrohttpd gives up after 1 s
  limits.response = 200ms;
  fixture f{true, "", limits};
  raw_client client{f.address};
  fixture::ask(client, "series=a/b%20c");
  CAF_CHECK(client.await("\"value\":21.5"));
  std::this_thread::sleep_for(2s);
  f.put(24);
  CAF_CHECK(client.await("\"value\":24,"));
}
