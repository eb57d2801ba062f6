#define CAF_SUITE http_server

#include "actors/serve/http_server.hpp"
#include "tests/serve/prometheus_check.hpp"
#include "tests/serve/raw_client.hpp"
#include "tests/serve/stand_ins.hpp"
#include "tests/test.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <thread>

using namespace rrdflow;
using namespace std::chrono_literals;
using test::ask;
using test::raw_client;

namespace {

constexpr int64_t second = 1000000000;

constexpr int64_t now = 1700000000;

const std::string marked = "Host: localhost\r\nX-Rrdflow: 1\r\n";

series_info make_series(std::string name, file_id id, uint32_t shard) {
  series_info x;
  x.name = name;
  x.file = name + ".rrd";
  x.source = "value";
  x.rule = "plant";
  x.topic = name;
  x.id = id;
  x.shard = shard;
  return x;
}

/// A real daemon and a real actor system around a flow of stand-ins.
struct fixture {
  explicit fixture(bool with_flow = true, std::string token = "") {
    state->series = {make_series("a/b c", 1, 0), make_series("a/d", 2, 1)};
    state->series.back().alive = false;
    state->last = {{1, 0, (now - 5) * second + second / 2, 21.5}};
    http_settings settings;
    settings.listen = {"127.0.0.1:0"};
    settings.token = std::move(token);
    settings.version = "1.2.3";
    auto daemon = http_daemon::open(settings);
    if (!daemon)
      CAF_FAIL(explain(daemon.error()));
    address = (*daemon)->addresses().front();
    uut = sys.spawn<caf::detached>(http_server, settings, std::move(*daemon),
                                   [] { return now * second; });
    if (with_flow) {
      flow = test::spawn_stand_ins(sys, state);
      caf::anon_send(uut, atom::flow_v, flow);
      caf::anon_send(uut, atom::flow_v, std::string{});
    }
  }

  ~fixture() {
    stop();
    end(flow);
  }

  void stop() {
    caf::scoped_actor self{sys};
    self->send_exit(uut, caf::exit_reason::user_shutdown);
    self->wait_for(uut);
  }

  static void end(const flow_handles& x) {
    auto exit = [](auto& whom) {
      if (whom)
        caf::anon_send_exit(whom, caf::exit_reason::user_shutdown);
    };
    exit(x.source);
    exit(x.keeper);
    exit(x.decoder);
    exit(x.catalog);
    for (auto& shard : x.shards)
      exit(shard);
    for (auto& writer : x.writers)
      exit(writer);
  }

  test::raw_response get(const std::string& target) {
    return ask(address, "GET " + target);
  }

  test::raw_response
  post(const std::string& target, const std::string& body = "",
       const std::string& fields = "") {
    return ask(address, "POST " + target, marked + fields, body);
  }

  test::config cfg;
  caf::actor_system sys{cfg};
  test::stand_in_ptr state = std::make_shared<test::stand_in_state>();
  flow_handles flow;
  http_server_actor uut;
  std::string address;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(http_server_tests, fixture)

CAF_TEST(series are listed with their last values) {
  auto x = get("/api/v1/series");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(
    x.body,
    R"([{"name":"a/b c","file":"a/b c.rrd","source":"value","rule":"plant",)"
    R"("topic":"a/b c","path":"","alive":true,)"
    R"("time":"2023-11-14T22:13:15.500Z","value":21.5,"age":4.5},)"
    R"({"name":"a/d","file":"a/d.rrd","source":"value","rule":"plant",)"
    R"("topic":"a/d","path":"","alive":false,)"
    R"("time":null,"value":null,"age":null}])"
    "\n");
}

CAF_TEST(series are searched and paged) {
  auto names = [&](const std::string& query) {
    auto x = get("/api/v1/series?" + query).body;
    return (x.find("a/b c") != std::string::npos ? "b" : "")
           + std::string{x.find("a/d") != std::string::npos ? "d" : ""};
  };
  CAF_CHECK_EQUAL(names("query=d"), "d");
  CAF_CHECK_EQUAL(names("query=x"), "");
  CAF_CHECK_EQUAL(names("limit=1"), "b");
  CAF_CHECK_EQUAL(names("limit=1&after=a%2Fb+c"), "d");
  CAF_CHECK_EQUAL(get("/api/v1/series?limit=0").status, 400u);
  CAF_CHECK_EQUAL(get("/api/v1/series?limit=x").status, 400u);
  CAF_CHECK_EQUAL(get("/api/v1/series?limit=99999999999").status, 400u);
}

CAF_TEST(data is what the writer reads with the rows that wait) {
  state->waiting.times = {now};
  state->waiting.cells = {{value_bits::of(1.0), true}};
  auto x = get("/api/v1/data?series=a%2Fb%20c&from=1699999980&to=1700000000");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(
    x.body, "[{\"time\":\"2023-11-14T22:13:10Z\",\"value\":1699999990"
            "},\n{\"time\":\"2023-11-14T22:13:20Z\",\"value\":1.7e+09}]\n");
  std::lock_guard guard{state->mutex};
  CAF_CHECK_EQUAL(state->read.file, 1u);
  CAF_CHECK(state->read.waiting == state->waiting);
  CAF_CHECK(state->read.definition == state->definition);
  CAF_CHECK_EQUAL(state->read.from, 1699999980);
  CAF_CHECK_EQUAL(state->read.to, now);
}

CAF_TEST(a file that its shard does not know is described first) {
  state->known = false;
  auto x = get("/api/v1/data?series=a/d&from=-20s&format=csv");
  CAF_CHECK_EQUAL(x.body, "time,value\n2023-11-14T22:13:10Z,1699999990\n"
                          "2023-11-14T22:13:20Z,1.7e+09\n");
  std::lock_guard guard{state->mutex};
  CAF_CHECK(state->read.definition == state->definition);
}

CAF_TEST(nonsense about data is refused) {
  CAF_CHECK_EQUAL(get("/api/v1/data").status, 400u);
  auto unknown = get("/api/v1/data?series=nope");
  CAF_CHECK_EQUAL(unknown.status, 404u);
  CAF_CHECK_EQUAL(unknown.body, "{\"error\":\"there is no such series\"}\n");
  CAF_CHECK_EQUAL(get("/api/v1/data?series=a/d&from=0").status, 400u);
  CAF_CHECK_EQUAL(get("/api/v1/data?series=a/d&cf=median").status, 400u);
  CAF_CHECK_EQUAL(get("/api/v1/data?series=a/d&points=0").status, 400u);
}

CAF_TEST(a flush is appended to the journal) {
  auto x = post("/api/v1/flush?series=a/d");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(x.body, "{\"rows\":3,\"files\":1,\"failures\":[]}\n");
  CAF_CHECK_EQUAL(state->flush.series, "a/d");
  CAF_CHECK_EQUAL(post("/api/v1/flush").status, 200u);
  CAF_CHECK_EQUAL(state->flush.series, "");
  CAF_CHECK_EQUAL(post("/api/v1/flush?series=nope").status, 404u);
}

CAF_TEST(forget takes its parameters from query and body) {
  CAF_CHECK_EQUAL(post("/api/v1/forget?pattern=a*&delete=true").status, 200u);
  CAF_CHECK_EQUAL(state->forget.pattern, "a*");
  CAF_CHECK(state->forget.remove);
  CAF_CHECK_EQUAL(post("/api/v1/forget", "{\"pattern\":\"b\"}",
                       "Content-Type: application/json\r\n")
                    .status,
                  200u);
  CAF_CHECK_EQUAL(state->forget.pattern, "b");
  CAF_CHECK(!state->forget.remove);
  CAF_CHECK_EQUAL(post("/api/v1/forget").status, 400u);
  CAF_CHECK_EQUAL(post("/api/v1/forget?pattern=").status, 400u);
  CAF_CHECK_EQUAL(post("/api/v1/forget?pattern=a&delete=maybe").status, 400u);
  CAF_CHECK_EQUAL(post("/api/v1/forget", "{", //
                       "Content-Type: application/json\r\n")
                    .status,
                  400u);
  CAF_CHECK_EQUAL(ask(address, "POST /api/v1/forget?pattern=a").status, 403u);
  CAF_CHECK_EQUAL(get("/api/v1/forget?pattern=a").status, 405u);
  CAF_CHECK_EQUAL(state->forget.pattern, "b");
}

CAF_TEST(failures of a request are shown) {
  state->outcome.failures = {"a.rrd: \"full\""};
  CAF_CHECK_EQUAL(
    post("/api/v1/flush").body,
    "{\"rows\":3,\"files\":1,\"failures\":[\"a.rrd: \\\"full\\\"\"]}\n");
}

CAF_TEST(dead messages are shown as valid text) {
  state->dead = {{now * second, "t<script>", "\xff{", "no number"}};
  CAF_CHECK_EQUAL(get("/api/v1/dead").body,
                  R"([{"time":"2023-11-14T22:13:20Z","topic":"t<script>",)"
                  R"("payload":"\\xff{","reason":"no number"}])"
                  "\n");
}

CAF_TEST(metrics are the sum over all actors) {
  auto x = get("/metrics");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(x.fields["content-type"],
                  "text/plain; version=0.0.4; charset=utf-8");
  test::prometheus_check check{x.body};
  CAF_CHECK_EQUAL(check.fault(), "");
  auto xs = check.samples();
  CAF_CHECK_EQUAL(xs["rrdflow_rows_written_total"], "10");
  CAF_CHECK_EQUAL(xs["rrdflow_rows_waiting"], "14");
  CAF_CHECK_EQUAL(xs["rrdflow_series"], "2");
  CAF_CHECK_EQUAL(xs["rrdflow_samples_total{rule=\"a\\\"b\"}"], "9");
  CAF_CHECK_EQUAL(xs["rrdflow_build_info{version=\"1.2.3\"}"], "1");
  CAF_CHECK_EQUAL(xs["rrdflow_mqtt_connected"], "1");
  CAF_CHECK_EQUAL(xs.count("process_resident_memory_bytes"), 1u);
}

CAF_TEST(the supervisor counts restarts) {
  auto supervisor = sys.spawn([]() -> supervisor_actor::behavior_type {
    return {
      [](atom::tick) {},
      [](atom::stop) { return caf::ok_atom_v; },
      [](atom::flow) { return flow_handles{}; },
      [](atom::stats) {
        return metrics{{"restarts_total", {"actor", "decoder"}, {}, 2}};
      },
    };
  });
  caf::anon_send(uut, atom::flow_v, supervisor);
  // Behind the message, since both come from this thread's point of view.
  auto text = get("/metrics").body;
  CAF_CHECK(text.find("rrdflow_restarts_total{actor=\"decoder\"} 2\n")
            != std::string::npos);
  caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
}

CAF_TEST(many clients ask for metrics at once) {
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (auto i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (auto n = 0; n < 20; ++n)
        good += ask(address, "GET /metrics").status == 200;
    });
  for (auto& x : threads)
    x.join();
  CAF_CHECK_EQUAL(good.load(), 160);
}

CAF_TEST(readiness names what is missing) {
  CAF_CHECK_EQUAL(get("/readyz").status, 200u);
  CAF_CHECK_EQUAL(get("/readyz").body, "{\"ready\":true}\n");
  {
    std::lock_guard guard{state->mutex};
    state->source_stats.front().value = 0;
    state->keeper_stats = {{"stalled", {"reason", "disk"}, {}, 1},
                           {"stalled", {"reason", "clock"}, {}, 0}};
  }
  auto x = get("/readyz");
  CAF_CHECK_EQUAL(x.status, 503u);
  CAF_CHECK_EQUAL(x.body, "{\"ready\":false,\"reasons\":"
                          "[\"broker not connected\",\"stalled: disk\"]}\n");
  caf::anon_send(uut, atom::flow_v, std::string{"catching up"});
  CAF_CHECK(get("/readyz").body.find("[\"catching up\",") != std::string::npos);
  CAF_CHECK_EQUAL(get("/healthz").status, 200u);
}

CAF_TEST(a flow that died is unavailable until the next one) {
  end(flow);
  caf::scoped_actor self{sys};
  self->wait_for(flow.catalog, flow.keeper, flow.decoder, flow.source);
  CAF_CHECK_EQUAL(get("/api/v1/series").status, 503u);
  CAF_CHECK_EQUAL(get("/api/v1/data?series=a/d").status, 503u);
  CAF_CHECK_EQUAL(get("/api/v1/dead").status, 503u);
  CAF_CHECK_EQUAL(post("/api/v1/flush").status, 503u);
  CAF_CHECK_EQUAL(get("/readyz").status, 503u);
  CAF_CHECK_EQUAL(get("/metrics").status, 200u);
  flow = test::spawn_stand_ins(sys, state);
  caf::anon_send(uut, atom::flow_v, flow);
  CAF_CHECK_EQUAL(get("/api/v1/series").status, 200u);
}

CAF_TEST(a request that waits is answered at the end) {
  // A keeper that never answers.
  auto promises = std::make_shared<std::atomic<int>>(0);
  auto keeper = sys.spawn([promises](journal_keeper_actor::pointer self)
                            -> journal_keeper_actor::behavior_type {
    auto never = [=] {
      ++*promises;
      return self->make_response_promise<request_outcome>();
    };
    return {
      [](atom::tick) {},
      [](atom::covered, position) {},
      [](atom::last) { return position{0}; },
      [=](atom::append, const rules_request&) { return never(); },
      [=](atom::append, const flush_request&) { return never(); },
      [=](atom::append, const retire_request&) { return never(); },
      [=](atom::append, const forget_request&) { return never(); },
      [](atom::done, uint64_t, uint32_t, const request_outcome&) {},
      [](atom::subscribe, const std::vector<cache_shard_actor>&) {},
      [](atom::stats) { return metrics{}; },
    };
  });
  auto handles = flow;
  handles.keeper = keeper;
  caf::anon_send(uut, atom::flow_v, handles);
  raw_client client{address};
  client.send("POST /api/v1/flush HTTP/1.1\r\n" + marked
              + "Content-Length: 0\r\n\r\n");
  for (auto i = 0; i < 500 && *promises == 0; ++i)
    std::this_thread::sleep_for(10ms);
  CAF_REQUIRE_EQUAL(promises->load(), 1);
  stop();
  CAF_CHECK_EQUAL(client.receive().status, 503u);
  caf::anon_send_exit(keeper, caf::exit_reason::user_shutdown);
}

CAF_TEST(foreign host names and wrong methods are refused) {
  CAF_CHECK_EQUAL(ask(address, "GET /", "Host: evil.example\r\n").status, 403u);
  CAF_CHECK_EQUAL(ask(address, "GET /metrics", "").status, 403u);
  auto x = ask(address, "DELETE /api/v1/series");
  CAF_CHECK_EQUAL(x.status, 405u);
  CAF_CHECK_EQUAL(x.fields["allow"], "GET, HEAD, POST");
  CAF_CHECK_EQUAL(ask(address, "HEAD /api/v1/series").status, 200u);
  CAF_CHECK_EQUAL(get("/rrd/").status, 404u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(before the flow runs the service says that it starts) {
  fixture f{false};
  CAF_CHECK_EQUAL(f.get("/healthz").status, 200u);
  CAF_CHECK_EQUAL(f.get("/").status, 200u);
  CAF_CHECK_EQUAL(f.get("/api/v1/series").body, "{\"error\":\"starting\"}\n");
  CAF_CHECK_EQUAL(f.get("/readyz").body,
                  "{\"ready\":false,\"reasons\":[\"starting\"]}\n");
  CAF_CHECK_EQUAL(f.get("/metrics").status, 200u);
}

CAF_TEST(a token guards everything but the health check) {
  fixture f{true, "secret"};
  CAF_CHECK_EQUAL(f.get("/healthz").status, 200u);
  for (auto x : {"/", "/app.js", "/metrics", "/readyz", "/api/v1/series"}) {
    auto refused = f.get(x);
    CAF_CHECK_EQUAL(refused.status, 401u);
    CAF_CHECK_EQUAL(refused.fields["www-authenticate"],
                    "Basic realm=\"rrdflow\", charset=\"UTF-8\"");
    CAF_CHECK_EQUAL(ask(f.address, std::string{"GET "} + x,
                        "Host: localhost\r\nAuthorization: Bearer secret\r\n")
                      .status,
                    200u);
  }
  CAF_MESSAGE("the body of a refused request is not waited for");
  CAF_CHECK_EQUAL(ask(f.address, "POST /api/v1/flush",
                      marked + "Content-Length: 99\r\n")
                    .status,
                  401u);
}
