#define CAF_SUITE http_daemon

#include "actors/serve/http/http_daemon.hpp"
#include "tests/serve/raw_client.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace rrdflow;
using namespace std::chrono_literals;
using test::ask;
using test::plain_get;
using test::raw_client;

namespace {

/// Serves; `/early` is answered at once, everything else goes to `waiting`.
struct fixture {
  explicit fixture(http_limits limits = {},
                   std::vector<listen_address> listen = {"127.0.0.1:0"}) {
    http_settings settings;
    settings.listen = std::move(listen);
    settings.limits = limits;
    auto opened = http_daemon::open(settings);
    if (!opened)
      CAF_FAIL(explain(opened.error()));
    uut = std::move(*opened);
    http_daemon::handlers handlers;
    handlers.front = [](const http_request& x) -> std::optional<http_response> {
      if (x.path == "/early")
        return json_response("1");
      return std::nullopt;
    };
    handlers.back = [this](http_exchange_ptr x) {
      std::lock_guard guard{mutex};
      if (echo)
        x->respond(json_response(x->request().path + " " + x->request().body));
      else
        waiting.push_back(std::move(x));
      arrived.notify_all();
    };
    if (auto err = uut->start(std::move(handlers)))
      CAF_FAIL(explain(err));
    address = uut->addresses().front();
  }

  /// Waits until `n` requests wait.
  bool await(size_t n) {
    std::unique_lock guard{mutex};
    return arrived.wait_for(guard, std::chrono::seconds{60},
                            [&] { return waiting.size() >= n; });
  }

  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<http_exchange_ptr> waiting;
  bool echo = true;
  std::string address;
  std::shared_ptr<http_daemon> uut;
};

} // namespace

CAF_TEST(requests get their responses) {
  fixture f;
  auto x = ask(f.address, "GET /a%20b");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(x.body, "/a b \n");
  CAF_CHECK_EQUAL(x.fields["x-content-type-options"], "nosniff");
  CAF_CHECK_EQUAL(x.fields["referrer-policy"], "no-referrer");
  CAF_CHECK_EQUAL(x.fields["cache-control"], "no-cache");
  CAF_CHECK_EQUAL(x.fields["content-type"], "application/json");
  auto policy = x.fields["content-security-policy"];
  CAF_CHECK_EQUAL(policy.find("default-src 'self'"), 0u);
  CAF_CHECK_EQUAL(policy.find("unsafe"), std::string::npos);
  CAF_CHECK_EQUAL(ask(f.address, "GET /early").body, "1\n");
  CAF_CHECK_EQUAL(ask(f.address, "POST /p", "", "body").body, "/p body\n");
}

CAF_TEST(a connection serves many requests) {
  fixture f;
  raw_client client{f.address};
  for (auto i = 0; i < 100; ++i) {
    CAF_REQUIRE(client.send(plain_get("/" + std::to_string(i))));
    CAF_REQUIRE_EQUAL(client.receive().body, "/" + std::to_string(i) + " \n");
  }
  CAF_MESSAGE("also those that come before the response to the one before");
  client.send(plain_get() + plain_get() + plain_get());
  for (auto i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(client.receive().status, 200u);
}

CAF_TEST(a HEAD has no body) {
  fixture f;
  raw_client client{f.address};
  client.send("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  auto x = client.receive(true);
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(x.fields["content-length"], "4");
  client.send(plain_get());
  CAF_CHECK_EQUAL(client.receive().body, "/ \n");
}

CAF_TEST(a request that waits holds up no other) {
  fixture f;
  f.echo = false;
  raw_client slow{f.address};
  slow.send(plain_get());
  CAF_REQUIRE(f.await(1));
  CAF_CHECK_EQUAL(ask(f.address, "GET /early").status, 200u);
  f.waiting.front()->respond(json_response("late"));
  CAF_CHECK_EQUAL(slow.receive().body, "late\n");
}

CAF_TEST(only the first response counts and none at all is an error) {
  fixture f;
  f.echo = false;
  raw_client client{f.address};
  client.send(plain_get());
  CAF_REQUIRE(f.await(1));
  f.waiting.front()->respond(json_response("first"));
  f.waiting.front()->respond(json_response("second"));
  f.waiting.clear();
  CAF_CHECK_EQUAL(client.receive().body, "first\n");
  client.send(plain_get());
  CAF_REQUIRE(f.await(1));
  f.waiting.clear();
  CAF_CHECK_EQUAL(client.receive().status, 503u);
}

CAF_TEST(a stop answers those who wait) {
  http_limits limits;
  limits.drain_timeout = 5s;
  fixture f{limits};
  f.echo = false;
  std::deque<raw_client> clients;
  for (auto i = 0; i < 20; ++i) {
    clients.emplace_back(f.address);
    clients.back().send(plain_get());
  }
  CAF_REQUIRE(f.await(20));
  f.uut->stop();
  for (auto& x : clients) {
    CAF_CHECK_EQUAL(x.receive().status, 503u);
    CAF_CHECK(x.ended());
  }
  CAF_MESSAGE("a response that comes later is dropped");
  for (auto& x : f.waiting)
    x->respond(json_response("late"));
  CAF_CHECK(!raw_client{f.address}.connected());
}

CAF_TEST(a stop waits neither for silent clients nor for unfinished requests) {
  fixture f;
  raw_client silent{f.address};
  raw_client begun{f.address};
  begun.send("GET / HTTP/1.1\r\nHo");
  raw_client served{f.address};
  served.send(plain_get());
  CAF_CHECK_EQUAL(served.receive().status, 200u);
  f.uut->stop();
  CAF_CHECK(silent.ended());
  CAF_CHECK(begun.ended());
  CAF_CHECK(served.ended());
}

CAF_TEST(several addresses are served at once) {
  test::temporary_folder folder;
  fixture f{{}, {"127.0.0.1:0", "unix:" + (folder / "http.sock")}};
  CAF_REQUIRE_EQUAL(f.uut->addresses().size(), 2u);
  for (auto& x : f.uut->addresses())
    CAF_CHECK_EQUAL(ask(x, "GET /here").body, "/here \n");
  f.uut->stop();
  CAF_CHECK_NOT_EQUAL(access((folder / "http.sock").c_str(), F_OK), 0);
}

CAF_TEST(without an address nothing is served) {
  auto uut = http_daemon::open({});
  CAF_REQUIRE(uut);
  CAF_CHECK(!(*uut)->start({}));
  CAF_CHECK((*uut)->addresses().empty());
  (*uut)->stop();
}

CAF_TEST(an address in use is an error value) {
  fixture f;
  http_settings settings;
  settings.listen = {f.address};
  auto second = http_daemon::open(settings);
  CAF_REQUIRE(!second);
  CAF_CHECK_EQUAL(explain(second.error()),
                  f.address + ": Address already in use");
}

// -- bounds
// --------------------------------------------------------------------

CAF_TEST(too many waiting requests are refused) {
  http_limits limits;
  limits.pending = 2;
  fixture f{limits};
  f.echo = false;
  raw_client first{f.address};
  raw_client second{f.address};
  first.send(plain_get());
  second.send(plain_get());
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

CAF_TEST(connections that are only held make room) {
  http_limits limits;
  limits.connections = 8;
  limits.request = 60s;
  limits.overloaded_request = 100ms;
  fixture f{limits};
  std::deque<raw_client> crowd;
  for (auto i = 0; i < 4; ++i)
    crowd.emplace_back(f.address);
  // The last one is served: all are taken.
  crowd.back().send(plain_get());
  CAF_CHECK_EQUAL(crowd.back().receive().status, 200u);
  std::this_thread::sleep_for(2 * limits.overloaded_request);
  f.uut->end_overdue();
  CAF_CHECK(crowd.front().send(plain_get()));
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
  waits.send(plain_get());
  CAF_REQUIRE(f.await(1));
  sleeps.send(plain_get());
  CAF_REQUIRE(f.await(2));
  f.waiting.back()->respond(json_response(std::string(64 << 20, 'x')));
  CAF_REQUIRE(sleeps.await_input());
  std::this_thread::sleep_for(2 * limits.response);
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
    clients.back().send(plain_get());
    CAF_REQUIRE(f.await(1));
    f.waiting.front()->respond(json_response(std::string(32 << 20, 'x')));
    f.waiting.clear();
    // What is sent first is answered first.
    CAF_CHECK_EQUAL(ask(f.address, "GET /early").status, 200u);
  }
  CAF_CHECK_EQUAL(clients[1].receive().status, 503u);
  CAF_CHECK_EQUAL(clients[0].receive().body.size(), (32u << 20) + 1);
  CAF_MESSAGE("once it has left there is room again");
  clients[1].send(plain_get());
  CAF_REQUIRE(f.await(1));
  f.waiting.front()->respond(json_response(std::string(32 << 20, 'x')));
  CAF_CHECK_EQUAL(clients[1].receive().status, 200u);
}

CAF_TEST(malformed requests harm no other client) {
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
