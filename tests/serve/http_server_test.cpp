#define CAF_SUITE http_server

#include "tests/serve/server_fixture.hpp"

using namespace rrdflow;
using test::ask;
using test::marked;
using test::now;
using test::second;

namespace {

using fixture = test::server_fixture;

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

CAF_TEST_FIXTURE_SCOPE_END()
