#define CAF_SUITE live

#include "tests/serve/server_fixture.hpp"

#include <chrono>
#include <deque>
#include <thread>

using namespace rrdflow;
using namespace std::chrono_literals;
using test::raw_client;
using test::second;

namespace {

struct fixture : test::server_fixture {
  using test::server_fixture::server_fixture;

  static void ask(raw_client& client, const std::string& query) {
    client.send("GET /api/v1/live?" + query
                + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
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

  bool comes_to(const std::string& name, double value) {
    for (auto i = 0; i < 100 && metric(name) != value; ++i)
      std::this_thread::sleep_for(50ms);
    return metric(name) == value;
  }
};

} // namespace

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
  CAF_CHECK(comes_to("rrdflow_live_clients", 0));
}

CAF_TEST(events go on over a restart of the flow) {
  raw_client client{address};
  ask(client, "series=a/b%20c");
  CAF_CHECK(client.await("\"value\":21.5"));
  end(flow);
  caf::anon_send(uut, atom::flow_v, std::string{"restarting"});
  std::this_thread::sleep_for(1200ms);
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
  std::this_thread::sleep_for(3s);
  f.put(24);
  CAF_CHECK(client.await("\"value\":24,"));
}
