#define CAF_SUITE http_daemon

#include "tests/serve/daemon_fixture.hpp"
#include "tests/temporary_folder.hpp"

using namespace rrdflow;
using namespace std::chrono_literals;
using test::ask;
using test::plain_get;
using test::raw_client;

namespace {

using fixture = test::daemon_fixture;

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
    CAF_REQUIRE(client.send("GET /" + std::to_string(i)
                            + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    CAF_REQUIRE_EQUAL(client.receive().body, "/" + std::to_string(i) + " \n");
  }
  CAF_MESSAGE("also those that come before the response to the one before");
  client.send(plain_get + plain_get + plain_get);
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
  client.send(plain_get);
  CAF_CHECK_EQUAL(client.receive().body, "/ \n");
}

CAF_TEST(a request that waits holds up no other) {
  fixture f;
  f.echo = false;
  raw_client slow{f.address};
  slow.send(plain_get);
  CAF_REQUIRE(f.await(1));
  CAF_CHECK_EQUAL(ask(f.address, "GET /early").status, 200u);
  f.waiting.front()->respond(json_response("late"));
  CAF_CHECK_EQUAL(slow.receive().body, "late\n");
}

CAF_TEST(only the first response counts and none at all is an error) {
  fixture f;
  f.echo = false;
  raw_client client{f.address};
  client.send(plain_get);
  CAF_REQUIRE(f.await(1));
  f.waiting.front()->respond(json_response("first"));
  f.waiting.front()->respond(json_response("second"));
  f.waiting.clear();
  CAF_CHECK_EQUAL(client.receive().body, "first\n");
  client.send(plain_get);
  CAF_REQUIRE(f.await(1));
  f.waiting.clear();
  CAF_CHECK_EQUAL(client.receive().status, 503u);
}

CAF_TEST(a stop answers those who wait) {
  http_limits limits;
  limits.farewell = 5s;
  fixture f{limits};
  f.echo = false;
  std::deque<raw_client> clients;
  for (auto i = 0; i < 20; ++i) {
    clients.emplace_back(f.address);
    clients.back().send(plain_get);
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
  served.send(plain_get);
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
