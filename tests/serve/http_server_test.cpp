#define CAF_SUITE http_server

#include "tests/serve/prometheus_check.hpp"
#include "tests/serve/server_fixture.hpp"

#include <atomic>
#include <thread>

using namespace rrdflow;
using test::ask;
using test::marked;
using test::now;
using test::raw_client;
using test::second;

namespace {

using fixture = test::server_fixture;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(http_server_tests, fixture)

CAF_TEST(series are listed with their last values) {
  auto x = get("/api/v1/series");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(
    x.body,
    R"([{"name":"a/b c","file":"a/b c.rrd","source":"value","rule":"plant",)"
    R"("topic":"a/b c","path":"","step":2,"heartbeat":4,"alive":true,)"
    R"("time":"2023-11-14T22:13:15.500Z","value":21.5,"age":4.5,)"
    R"("stale":false},)"
    R"({"name":"a/d","file":"a/d.rrd","source":"value","rule":"plant",)"
    R"("topic":"a/d","path":"","step":2,"heartbeat":4,"alive":false,)"
    R"("time":null,"value":null,"age":null,"stale":true}])"
    "\n");
}

CAF_TEST(a value older than the heartbeat is stale) {
  auto stale = [&] {
    return get("/api/v1/series?name=a/b%20c").body.find("\"stale\":true")
           != std::string::npos;
  };
  CAF_CHECK(!stale());
  clock += second;
  CAF_CHECK(stale());
}

CAF_TEST(a level of the tree has counts and last values) {
  state->series.push_back(test::make_series("z", 3, 0));
  auto x = get("/api/v1/tree");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(x.body.find(R"([{"node":"a/","count":2},{"node":"z",)"
                              R"("count":1,"name":"z","file":"z.rrd")"),
                  0u);
  CAF_CHECK_EQUAL(get("/api/v1/tree?prefix=a/&limit=7&after=a/b").status, 200u);
  CAF_CHECK_EQUAL(state->tree.prefix, "a/");
  CAF_CHECK_EQUAL(state->tree.after, "a/b");
  CAF_CHECK_EQUAL(state->tree.limit, 7u);
  CAF_CHECK_EQUAL(get("/api/v1/tree?prefix=a").status, 400u);
  CAF_CHECK_EQUAL(get("/api/v1/tree?limit=0").status, 400u);
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

CAF_TEST(data is what the shard answers) {
  auto x = get("/api/v1/data?series=a%2Fb%20c&from=1699999980&to=1700000000");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(
    x.body, "[{\"time\":\"2023-11-14T22:13:10Z\",\"value\":1699999990"
            "},\n{\"time\":\"2023-11-14T22:13:20Z\",\"value\":1.7e+09}]\n");
  std::lock_guard guard{state->mutex};
  CAF_CHECK_EQUAL(state->read.file, 1u);
  CAF_CHECK_EQUAL(state->read.from, 1699999980);
  CAF_CHECK_EQUAL(state->read.to, now);
  CAF_CHECK_EQUAL(state->read.max_points, 100000u);
}

CAF_TEST(columns hold several functions) {
  state->value = [](file_id, int64_t t, consolidation f) {
    return static_cast<double>(t % 100) + static_cast<double>(f) / 2;
  };
  auto target = std::string{"/api/v1/data?series=a/d&from=-20s&cf="};
  CAF_CHECK_EQUAL(get(target + "average,min,MAX&format=columns").body,
                  R"({"start":1699999980,"step":10,"average":[90,0],)"
                  R"("min":[90.5,0.5],"max":[91,1]})"
                  "\n");
  CAF_CHECK_EQUAL(get(target + "last&format=columns").body,
                  R"({"start":1699999980,"step":10,"last":[91.5,1.5]})"
                  "\n");
  CAF_CHECK_EQUAL(get(target + "average,min").status, 400u);
  CAF_CHECK_EQUAL(get(target + "average,,min&format=columns").status, 400u);
  CAF_CHECK_EQUAL(get(target + ",&format=columns").status, 400u);
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
  CAF_CHECK_EQUAL(
    x.body,
    "{\"rows\":3,\"files\":1,\"failures\":[],\"waiting\":0,\"running\":0}\n");
  CAF_CHECK_EQUAL(state->flush.series, "a/d");
  CAF_CHECK_EQUAL(post("/api/v1/flush").status, 200u);
  CAF_CHECK_EQUAL(state->flush.series, "");
  CAF_CHECK_EQUAL(post("/api/v1/flush?series=nope").status, 404u);
}

CAF_TEST(files get their shapes one by one) {
  state->differing = {{"a.rrd", "a", "step 60s, not 10s", ""},
                      {"net.rrd", "net/*", "source b is missing", "no room"}};
  auto list = std::string{
    "{\"files\":[{\"file\":\"a.rrd\",\"name\":\"a\",\"difference\":\"step 60s, "
    "not 10s\"},{\"file\":\"net.rrd\",\"name\":\"net/*\",\"difference\":"
    "\"source b is missing\"}],"};
  auto x = post("/api/v1/reshape?glob=*&dry_run=1");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(x.body, list + "\"reshaped\":0,\"failures\":[]}\n");
  CAF_CHECK_EQUAL(state->forget.pattern, "");
  x = post("/api/v1/reshape?glob=*");
  CAF_CHECK_EQUAL(x.body, list
                            + "\"reshaped\":0,\"failures\":[\"a.rrd: step 60s, "
                              "not 10s\",\"no room\"]}\n");
  auto request = to_reshape(state->forget.pattern);
  CAF_REQUIRE(request.has_value());
  CAF_CHECK_EQUAL(request->path, "net");
  CAF_CHECK(request->reshape);
  CAF_CHECK_EQUAL(post("/api/v1/reshape?glob=b").body,
                  "{\"files\":[],\"reshaped\":0,\"failures\":[]}\n");
  CAF_CHECK_EQUAL(post("/api/v1/reshape").status, 400u);
  CAF_CHECK_EQUAL(post("/api/v1/reshape?glob=a&dry_run=perhaps").status, 400u);
  CAF_CHECK_EQUAL(post("/api/v1/forget?pattern=%02a").status, 400u);
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
  CAF_CHECK_EQUAL(post("/api/v1/flush").body,
                  "{\"rows\":3,\"files\":1,\"failures\":[\"a.rrd: "
                  "\\\"full\\\"\"],\"waiting\":0,\"running\":0}\n");
}

CAF_TEST(dead messages are shown as valid text) {
  state->dead = {{now * second, "t<script>", "\xff{", "no number"}};
  CAF_CHECK_EQUAL(get("/api/v1/dead").body,
                  R"([{"time":"2023-11-14T22:13:20Z","topic":"t<script>",)"
                  R"("payload":"\\xff{","reason":"no number"}])"
                  "\n");
}

CAF_TEST(what is not stored of a topic or series is shown) {
  state->kept = {{"refused", "future", "t", "", "t/v", 3, now * second, "{}",
                  "its time is wrong"},
                 {"passed", "drop", "u", "lq", "", 0, now * second, "7", ""}};
  state->series = {{"a", "a.rrd", "value", 0, "r", "t", "v", 1, 0, 10, 20}};
  state->losses
    = {{1, {"late", "late", "", "", "a.rrd", 2, now * second, "1 at x", "y"}},
       {2, {"late", "late", "", "", "b.rrd", 1, now * second, "", ""}}};
  auto late = [](const std::string& series, int count) {
    return R"({"kind":"late","reason":"late","topic":"","path":"","series":")"
           + series + R"(","count":)" + std::to_string(count);
  };
  auto by_topic = get("/api/v1/why?topic=t").body;
  CAF_CHECK(has(by_topic, R"({"series":[{"name":"a","file":"a.rrd",)"));
  CAF_CHECK(has(by_topic, R"("reasons":[{"kind":"refused","reason":"future",)"
                          R"("topic":"t","path":"","series":"t/v","count":3,)"
                          R"("time":"2023-11-14T22:13:20Z","payload":"{}",)"
                          R"("text":"its time is wrong"})"));
  CAF_CHECK(has(by_topic, late("a", 2)));
  CAF_CHECK(!has(by_topic, "b.rrd"));
  CAF_CHECK_EQUAL(get("/api/v1/why?topic=a").body, by_topic);
  CAF_CHECK(has(get("/api/v1/why?topic=u").body, R"("path":"lq","series":"",)"
                                                 R"("count":null)"));
  auto all = get("/api/v1/why").body;
  CAF_CHECK(has(all, R"({"series":[],)"));
  CAF_CHECK(has(all, late("a", 2)));
  CAF_CHECK(has(all, late("b.rrd", 1)));
  CAF_MESSAGE("a file that was one of several sources when it lost something");
  state->losses[0].second.path = "temperature";
  CAF_CHECK(has(get("/api/v1/why").body,
                R"("path":"temperature","series":"a.rrd","count":2)"));
  CAF_CHECK_EQUAL(get("/api/v1/why?topic=none").body,
                  "{\"series\":[],\"reasons\":[]}\n");
}

CAF_TEST(a replay says what came of it) {
  state->outcome.messages = 5;
  state->outcome.decoded = 3;
  CAF_CHECK_EQUAL(post("/api/v1/replay").body,
                  "{\"messages\":5,\"decoded\":3,\"failures\":[]}\n");
  CAF_CHECK_EQUAL(get("/api/v1/replay").status, 405u);
}

CAF_TEST(metrics are those of the registry and need no actor) {
  counter written{registry.get(), {"rows_written_total", "Rows written."}};
  counter samples{
    registry.get(), {"samples_total", "Samples."}, {{"rule", "a\"b"}}};
  written.add(10);
  samples.add(9);
  end(flow);
  auto x = get("/metrics");
  CAF_CHECK_EQUAL(x.status, 200u);
  CAF_CHECK_EQUAL(x.fields["content-type"],
                  "text/plain; version=0.0.4; charset=utf-8");
  test::prometheus_check check{x.body};
  CAF_CHECK_EQUAL(check.fault(), "");
  auto xs = check.samples();
  CAF_CHECK_EQUAL(xs["rrdflow_rows_written_total"], "10");
  CAF_CHECK_EQUAL(xs["rrdflow_samples_total{rule=\"a\\\"b\"}"], "9");
  CAF_CHECK_EQUAL(xs["rrdflow_build_info{version=\"1.2.3\"}"], "1");
  CAF_CHECK_EQUAL(xs["rrdflow_live_clients"], "0");
  CAF_CHECK_EQUAL(xs.count("process_resident_memory_bytes"), 1u);
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
  connected.set(0);
  gauge disk{registry.get(), {"stalled", ""}, {{"reason", "disk"}}};
  gauge behind{registry.get(), {"stalled", ""}, {{"reason", "clock"}}};
  disk.set(1);
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
      [](atom::append, replay_request) { return request_outcome{}; },
      [](atom::tick) {},
      [](atom::covered, position) {},
      [](atom::last) { return position{0}; },
      [=](atom::append, const rules_request&) { return never(); },
      [=](atom::append, const flush_request&) { return never(); },
      [=](atom::append, const retire_request&) { return never(); },
      [=](atom::append, const forget_request&) { return never(); },
      [](atom::done, uint64_t, uint32_t, const request_outcome&) {},
      [](atom::subscribe, const std::vector<cache_shard_actor>&) {},
    };
  });
  auto handles = flow;
  handles.keeper = keeper;
  caf::anon_send(uut, atom::flow_v, handles);
  raw_client client{address};
  client.send("POST /api/v1/flush HTTP/1.1\r\n" + marked
              + "Content-Length: 0\r\n\r\n");
  CAF_REQUIRE(test::comes_true([&] { return *promises == 1; }));
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
  CAF_CHECK_EQUAL(get("/render").status, 404u);
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
