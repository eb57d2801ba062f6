#define CAF_SUITE http_bounds

#include "tests/serve/daemon_fixture.hpp"

#include <future>
#include <thread>

using namespace rrdflow;
using namespace std::chrono_literals;
using test::ask;
using test::plain_get;
using test::raw_client;

namespace {

using fixture = test::daemon_fixture;

} // namespace

CAF_TEST(too many waiting requests are refused) {
  http_limits limits;
  limits.pending = 2;
  fixture f{limits};
  f.echo = false;
  raw_client first{f.address};
  raw_client second{f.address};
  first.send(plain_get);
  second.send(plain_get);
  CAF_REQUIRE(f.await(2));
  auto third = ask(f.address, "GET /");
  CAF_CHECK_EQUAL(third.status, 503u);
  CAF_CHECK_EQUAL(third.fields["retry-after"], "1");
  f.waiting.clear();
  f.echo = true;
  first.receive();
  CAF_CHECK_EQUAL(ask(f.address, "GET /").status, 200u);
}

CAF_TEST(sizes are bounded) {
  fixture f;
  CAF_CHECK_EQUAL(ask(f.address, "GET /" + std::string(9000, 'a')).status,
                  414u);
  CAF_CHECK_EQUAL(
    ask(f.address, "GET /", "X: " + std::string(70000, 'a') + "\r\n").status,
    431u);
  std::string fields;
  for (auto i = 0; i < 100; ++i)
    fields += "X-" + std::to_string(i) + ": a\r\n";
  CAF_CHECK_EQUAL(ask(f.address, "GET /", fields).status, 431u);
  CAF_CHECK_EQUAL(
    ask(f.address, "POST /", "", std::string(64 << 10, 'a')).status, 200u);
  CAF_CHECK_EQUAL(
    ask(f.address, "POST /", "Content-Length: 99999999999\r\n").status, 413u);
  CAF_CHECK_EQUAL(ask(f.address, "GET /%zz").status, 400u);
  CAF_CHECK_EQUAL(
    ask(f.address, "GET /", "Host: localhost\r\nHost: evil\r\n").status, 400u);
}

CAF_TEST(a body of unknown length is bounded) {
  fixture f;
  auto chunks = [&](size_t n) {
    raw_client client{f.address};
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\n"
                "Transfer-Encoding: chunked\r\n\r\n");
    auto chunk = "1000\r\n" + std::string(4096, 'a') + "\r\n";
    for (size_t i = 0; i < n; ++i)
      if (!client.send(chunk))
        return 0u;
    client.send("0\r\n\r\n");
    return client.receive().status;
  };
  CAF_CHECK_EQUAL(chunks(16), 200u);
  CAF_CHECK_EQUAL(chunks(17), 413u);
  CAF_CHECK_EQUAL(chunks(2000), 0u);
}

CAF_TEST(a request that does not come in is given up) {
  http_limits limits;
  limits.request = 200ms;
  fixture f{limits};
  raw_client dripping{f.address};
  raw_client silent{f.address};
  // Each byte resets libmicrohttpd's own timeout.
  auto ended = std::async(std::launch::async, [&] {
    auto bytes = "GET / HTTP/1.1\r\nX: " + std::string(1000, 'a');
    for (auto c : bytes) {
      if (!dripping.send({&c, 1}))
        return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  });
  while (ended.wait_for(50ms) != std::future_status::ready)
    f.uut->end_overdue();
  CAF_CHECK(ended.get());
  CAF_CHECK(silent.ended());
}

CAF_TEST(a crowd that only holds its connections makes room) {
  http_limits limits;
  limits.connections = 8;
  limits.request = 60s;
  limits.crowded = 100ms;
  fixture f{limits};
  std::deque<raw_client> crowd;
  for (auto i = 0; i < 4; ++i)
    crowd.emplace_back(f.address);
  CAF_CHECK_EQUAL(ask(f.address, "GET /").status, 200u);
  std::this_thread::sleep_for(200ms);
  f.uut->end_overdue();
  CAF_CHECK(crowd.front().send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  CAF_CHECK_EQUAL(crowd.front().receive().status, 200u);
  CAF_MESSAGE("WHEN there are more than there are places");
  for (auto i = 0; i < 16; ++i)
    crowd.emplace_back(f.address);
  auto answer = std::async(std::launch::async,
                           [&] { return ask(f.address, "GET /").status; });
  while (answer.wait_for(50ms) != std::future_status::ready)
    f.uut->end_overdue();
  CAF_CHECK_EQUAL(answer.get(), 200u);
}

CAF_TEST(a client that takes no bytes is given up and one that waits is not ) {
  http_limits limits;
  limits.request = 100ms;
  limits.response = 200ms;
  fixture f{limits};
  f.echo = false;
  raw_client waits{f.address};
  raw_client sleeps{f.address};
  waits.send(plain_get);
  CAF_REQUIRE(f.await(1));
  sleeps.send(plain_get);
  CAF_REQUIRE(f.await(2));
  f.waiting.back()->respond(json_response(std::string(64 << 20, 'x')));
  std::this_thread::sleep_for(500ms);
  f.uut->end_overdue();
  CAF_CHECK(sleeps.receive().body.size() < 64 << 20);
  f.waiting.front()->respond(json_response("patience"));
  CAF_CHECK_EQUAL(waits.receive().body, "patience\n");
}

CAF_TEST(clients that take no bytes cannot use up the memory) {
  http_limits limits;
  limits.held = 1 << 20;
  fixture f{limits};
  f.echo = false;
  std::deque<raw_client> clients;
  for (auto i = 0; i < 2; ++i) {
    clients.emplace_back(f.address);
    clients.back().send(plain_get);
    CAF_REQUIRE(f.await(1));
    f.waiting.front()->respond(json_response(std::string(32 << 20, 'x')));
    f.waiting.clear();
    // What is sent first is answered first.
    CAF_CHECK_EQUAL(ask(f.address, "GET /early").status, 200u);
  }
  CAF_CHECK_EQUAL(clients[1].receive().status, 503u);
  CAF_CHECK_EQUAL(clients[0].receive().body.size(), (32u << 20) + 1);
  CAF_MESSAGE("once it has left there is room again");
  clients[1].send(plain_get);
  CAF_REQUIRE(f.await(1));
  f.waiting.front()->respond(json_response(std::string(32 << 20, 'x')));
  CAF_CHECK_EQUAL(clients[1].receive().status, 200u);
}

CAF_TEST(malformed requests hurt nobody) {
  fixture f;
  for (auto bytes : {"\r\n\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                     "\x16\x03\x01\x02", "GET / HTTP/1.1\r\n: x\r\n\r\n",
                     "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                     "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz",
                     "GET  HTTP/1.1\r\n\r\n"}) {
    raw_client client{f.address};
    client.send(bytes);
  }
  CAF_CHECK_EQUAL(ask(f.address, "GET /").status, 200u);
}
