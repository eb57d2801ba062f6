#define CAF_SUITE http_service

#include "tests/serve/prometheus_check.hpp"
#include "tests/serve/server_fixture.hpp"

#include <atomic>
#include <thread>

using namespace rrdflow;
using namespace std::chrono_literals;
using test::ask;
using test::marked;
using test::now;
using test::raw_client;
using test::second;

namespace {

using fixture = test::server_fixture;

} // namespace

CAF_TEST_FIXTURE_SCOPE(http_service_tests, fixture)

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
