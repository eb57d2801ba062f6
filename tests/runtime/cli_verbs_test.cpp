#define CAF_SUITE cli_verbs

#include "tests/runtime/answering_server.hpp"
#include "tests/runtime/cli_run.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// A configuration that names the server, and a command line with it.
struct client_fixture {
  cli_directory dir;
  std::vector<answering_server::answer> answers;
  answering_server server{[this](const seen_request&) {
    if (answers.empty())
      return answering_server::answer{500, ""};
    auto result = answers.front();
    if (answers.size() > 1)
      answers.erase(answers.begin());
    return result;
  }};

  cli_result
  run(std::vector<std::string> arguments, const char* typed = nullptr) {
    auto file = dir.write("c.toml", "http.listen = ['" + server.address()
                                      + "']\n" + more);
    arguments.insert(arguments.end(), {"-c", file});
    return run_cli(arguments, {}, typed);
  }

  std::string more;
};

std::string series(const std::string& name) {
  return "{\"name\":\"" + name
         + "\",\"alive\":true,\"time\":\"2026-11-22T10:00:00Z\",\"value\":21.5,"
           "\"age\":12.3}";
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(cli_verbs_tests, client_fixture)

CAF_TEST(without a service the exit code is 69) {
  auto file = dir.write("d.toml", "http.listen = ['127.0.0.1:1']");
  for (auto verb : {"stats", "list", "dead", "why", "replay", "flush"}) {
    auto x = run_cli({verb, "-c", file});
    CAF_CHECK_EQUAL(x.code, 69);
    CAF_CHECK_EQUAL(x.err.find("rrdflow: no service at 127.0.0.1:1"), 0u);
    CAF_CHECK_EQUAL(x.out, "");
  }
  file = dir.write("d.toml", "http.listen = ['unix:" + dir / "s']");
  CAF_CHECK_EQUAL(run_cli({"list", "-c", file}).code, 69);
  file = dir.write("d.toml", "http.listen = []");
  CAF_CHECK_EQUAL(run_cli({"list", "-c", file}).code, 78);
}

CAF_TEST(why names what is not stored and what is passed over) {
  answers = {{200, "{\"series\":[" + series("a") + R"(],"reasons":[
    {"kind":"refused","reason":"future","topic":"t\u001b","path":"","series":"a",
     "count":2,"time":"2026-11-22T10:00:00Z","payload":"{}","text":"wrong clock"},
    {"kind":"passed","reason":"dropped","topic":"t","path":"lq","series":"",
     "count":null,"time":"2026-11-22T10:00:00Z","payload":"7","text":"drop"}]})"}};
  auto x = run({"why", "t"});
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(x.out, "SERIES  VALUE  AGE\n"
                         "a        21.5  12s\n"
                         "refused, future: 2 times, last 2026-11-22T10:00:00Z, "
                         "topic t\\x1b, series a\n"
                         "    wrong clock\n"
                         "    {}\n"
                         "PASSED OVER  VALUE  WHY\n"
                         "lq           7      drop\n");
  auto seen = server.seen();
  CAF_CHECK_EQUAL(seen.back().path, "/api/v1/why");
  CAF_CHECK_EQUAL(run({"why", "t", "--json"}).out.find("{\"series\""), 0u);
  answers = {{200, R"({"series":[],"reasons":[]})"}};
  CAF_CHECK_EQUAL(run({"why", "t"}).code, 66);
  CAF_CHECK_EQUAL(run({"why"}).code, 0);
}

CAF_TEST(replay says how many messages became samples) {
  answers = {{200, R"({"messages":5,"decoded":3,"failures":[]})"},
             {200, R"({"messages":5,"decoded":3,"failures":["no disk"]})"}};
  CAF_CHECK_EQUAL(run({"replay"}).out, "3 of 5 kept messages became samples\n");
  auto x = run({"replay"});
  CAF_CHECK_EQUAL(x.code, 74);
  CAF_CHECK_EQUAL(x.err, "rrdflow: no disk\n");
}

CAF_TEST(stats are a table or JSON) {
  answers = {{200, "# TYPE x gauge\nx 1\nlong_name{rule=\"a\"} 12\n"
                   "h_bucket{le=\"1\"} 5\n"}};
  auto x = run({"stats"});
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(x.out, "METRIC               VALUE\n"
                         "x                        1\n"
                         "long_name{rule=\"a\"}     12\n");
  x = run({"stats", "--json"});
  CAF_CHECK_EQUAL(x.out, R"({"x":1,"long_name{rule=\"a\"}":12,)"
                         R"("h_bucket{le=\"1\"}":5})"
                         "\n");
  auto seen = server.seen().at(0);
  CAF_CHECK_EQUAL(seen.path, "/metrics");
  CAF_CHECK_EQUAL(seen.method, "GET");
  CAF_CHECK_EQUAL(seen.host, "localhost");
}

CAF_TEST(list pages through all series) {
  std::string page;
  for (auto i = 0; i < 1000; ++i)
    page += (i ? "," : "") + series("s" + std::to_string(i));
  answers = {{200, '[' + page + ']'},
             {200, "[{\"name\":\"t\\u001b\",\"alive\":false,\"time\":null,"
                   "\"value\":null,\"age\":null}]"}};
  auto x = run({"list", "a b*"});
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(x.out.find("SERIES  VALUE  AGE\ns0       21.5  12s\n"), 0u);
  CAF_CHECK_NOT_EQUAL(x.out.find("t\\x1b"), std::string::npos);
  CAF_CHECK_NOT_EQUAL(x.out.find("dead\n"), std::string::npos);
  auto seen = server.seen();
  CAF_REQUIRE_EQUAL(seen.size(), 2u);
  CAF_CHECK_EQUAL(seen[0].parameter("query"), "a b*");
  CAF_CHECK_EQUAL(seen[0].parameter("after"), "");
  CAF_CHECK_EQUAL(seen[1].parameter("after"), "s999");
}

CAF_TEST(a reading that is a little ahead is shown) {
  answers = {{200, R"([{"name":"a","alive":true,"value":120,"age":-6.9}])"}};
  CAF_CHECK_EQUAL(run({"list"}).out, "SERIES  VALUE  AGE\n"
                                     "a         120   0s\n");
}

CAF_TEST(a list that goes in circles ends) {
  std::string page;
  for (auto i = 0; i < 1000; ++i)
    page += (i ? "," : "") + series("s");
  answers = {{200, '[' + page + ']'}};
  CAF_CHECK_EQUAL(run({"list"}).code, 70);
  answers = {{200, "[{}]"}};
  CAF_CHECK_EQUAL(run({"list"}).code, 70);
  answers = {{200, "nonsense"}};
  CAF_CHECK_EQUAL(run({"list"}).code, 70);
}

CAF_TEST(fetch prints what the service says) {
  answers = {{200, "time,value\n2026-11-22T10:00:00Z,21.5\n"}};
  auto x = run({"fetch", "plant/hall 1/t+", "--from", "-1h", "--to",
                "2026-11-22T10:00:00+01:00", "--cf", "MAX"});
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(x.out, "time,value\n2026-11-22T10:00:00Z,21.5\n");
  auto seen = server.seen().at(0);
  CAF_CHECK_EQUAL(seen.path, "/api/v1/data");
  CAF_CHECK_EQUAL(seen.parameter("series"), "plant/hall 1/t+");
  CAF_CHECK_EQUAL(seen.parameter("from"), "-1h");
  CAF_CHECK_EQUAL(seen.parameter("to"), "2026-11-22T10:00:00+01:00");
  CAF_CHECK_EQUAL(seen.parameter("cf"), "MAX");
  CAF_CHECK_EQUAL(seen.parameter("format"), "csv");
}

CAF_TEST(fetch knows what no time is) {
  auto x = run({"fetch", "a", "--from", "yesterday"});
  CAF_CHECK_EQUAL(x.code, 64);
  CAF_CHECK_EQUAL(x.err, "rrdflow: --from: \"yesterday\" is neither epoch "
                         "seconds nor ISO 8601 nor like -1h\n");
  CAF_CHECK_EQUAL(run({"fetch", "a", "--to", "2026-02-30"}).code, 64);
  CAF_CHECK(server.seen().empty());
}

CAF_TEST(errors of the service become exit codes) {
  for (auto [status, code] : {std::pair{400u, 64},
                              {401u, 77},
                              {403u, 77},
                              {404u, 66},
                              {500u, 70},
                              {503u, 69},
                              {504u, 69}}) {
    answers = {{status, "{\"error\":\"because\"}\n"}};
    auto x = run({"fetch", "a"});
    CAF_CHECK_EQUAL(x.code, code);
    CAF_CHECK_EQUAL(x.err, "rrdflow: because\n");
  }
  answers = {{500, "<html>"}};
  CAF_CHECK_EQUAL(run({"fetch", "a"}).err,
                  "rrdflow: " + server.address() + ": status 500\n");
}

CAF_TEST(dead messages are a table) {
  answers = {{200, R"([{"time":"2026-11-22T10:00:00Z","topic":"a/b",)"
                   R"("payload":"{\u0007","reason":"json"}])"}};
  CAF_CHECK_EQUAL(run({"dead"}).out,
                  "TIME                  REASON  TOPIC  PAYLOAD\n"
                  "2026-11-22T10:00:00Z  json    a/b    {\\x07\n");
}

CAF_TEST(flush says what waits) {
  answers
    = {{200, R"({"rows":7,"files":2,"failures":[],"waiting":3,"running":2})"}};
  CAF_CHECK_EQUAL(run({"flush"}).out,
                  "flushed: 7 rows, 2 files\n3 rows wait for the next reading "
                  "of a rate in their file\n2 rows wait for the end of their "
                  "step\n");
}

CAF_TEST(flush says what was written) {
  answers = {{200, R"({"rows":7,"files":2,"failures":[],"waiting":0})"}};
  auto x = run({"flush"});
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(x.out, "flushed: 7 rows, 2 files\n");
  auto seen = server.seen().at(0);
  CAF_CHECK_EQUAL(seen.method, "POST");
  CAF_CHECK_EQUAL(seen.path, "/api/v1/flush");
  CAF_CHECK_EQUAL(seen.marker, "1");
  CAF_CHECK(seen.parameters.empty());
  answers = {{200, R"({"rows":0,"files":0,"failures":["a.rrd: no space"]})"}};
  x = run({"flush", "a"});
  CAF_CHECK_EQUAL(x.code, 74);
  CAF_CHECK_EQUAL(x.err, "rrdflow: a.rrd: no space\n");
  seen = server.seen().at(1);
  CAF_CHECK_EQUAL(seen.parameter("series"), "a");
}

CAF_TEST(forget asks first) {
  auto list = '[' + series("a1") + ',' + series("a2") + ']';
  answers = {{200, list}};
  auto x = run({"forget", "a*"}, "n\n");
  CAF_CHECK_EQUAL(x.code, 77);
  CAF_CHECK_EQUAL(x.err, "  a1\n  a2\nForget these series? [y/N] "
                         "rrdflow: nothing was forgotten\n");
  CAF_CHECK_EQUAL(server.seen().size(), 1u);
  answers = {{200, list}, {200, R"({"rows":3,"files":2,"failures":[]})"}};
  x = run({"forget", "a*", "--delete"}, "y\n");
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(x.out, "forgotten: 3 rows, 2 files\n");
  auto seen = server.seen().at(2);
  CAF_CHECK_EQUAL(seen.path, "/api/v1/forget");
  CAF_CHECK_EQUAL(seen.parameter("pattern"), "a*");
  CAF_CHECK_EQUAL(seen.parameter("delete"), "true");
}

CAF_TEST(reshape goes file by file and says how far it is) {
  auto list = std::string{
    R"({"files":[{"file":"a.rrd","name":"a","difference":"step 60s, not 10s"},)"
    R"({"file":"n.rrd","name":"n/*","difference":"source b is missing"}],)"
    R"("reshaped":0,"failures":[]})"};
  answers = {{200, list}};
  auto x = run({"reshape", "*", "--dry-run"});
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(x.out, "[1/2] a.rrd: step 60s, not 10s\n"
                         "[2/2] n.rrd: source b is missing\n"
                         "2 files would get the shape of their rules\n");
  CAF_CHECK_EQUAL(server.seen().size(), 1u);
  answers = {{200, list},
             {200, R"({"files":[],"reshaped":1,"failures":[]})"},
             {200, R"({"files":[],"reshaped":0,"failures":["n.rrd: full"]})"}};
  x = run({"reshape", "*"});
  CAF_CHECK_EQUAL(x.code, 74);
  CAF_CHECK_EQUAL(x.err, "rrdflow: n.rrd: full\n");
  CAF_CHECK_EQUAL(x.out, "[1/2] a.rrd: step 60s, not 10s\n"
                         "[2/2] n.rrd: source b is missing\n"
                         "1 of 2 files have the shape of their rules now\n");
  auto seen = server.seen();
  CAF_CHECK_EQUAL(seen.at(1).parameter("dry_run"), "true");
  CAF_CHECK_EQUAL(seen.at(3).parameter("glob"), "n/*");
  answers = {{200, R"({"files":[],"reshaped":0,"failures":[]})"}};
  CAF_CHECK_EQUAL(run({"reshape", "x"}).out,
                  "no file of \"x\" differs from its rule\n");
}

CAF_TEST(forget without a terminal needs a yes) {
  answers = {{200, R"({"rows":0,"files":1,"failures":[]})"}};
  CAF_CHECK_EQUAL(run({"forget", "a"}).code, 64);
  CAF_CHECK(server.seen().empty());
  CAF_CHECK_EQUAL(run({"forget", "a", "--yes"}).code, 0);
  auto seen = server.seen();
  CAF_REQUIRE_EQUAL(seen.size(), 1u);
  CAF_CHECK_EQUAL(seen[0].parameter("delete"), "false");
}

CAF_TEST(forget of a name that only others contain does nothing) {
  answers = {{200, '[' + series("abc") + ']'}};
  auto x = run({"forget", "b"}, "y\n");
  CAF_CHECK_EQUAL(x.code, 66);
  CAF_CHECK_EQUAL(server.seen().size(), 1u);
}

CAF_TEST(the token goes along) {
  answers = {{200, "[]"}};
  more = "http.token_file = '" + dir.write("token", "secret\n") + "'\n";
  CAF_CHECK_EQUAL(run({"list"}).code, 0);
  auto seen = server.seen().at(0);
  CAF_CHECK_EQUAL(seen.authorization, "Bearer secret");
  more = "http.token_file = '" + dir / "none'\n";
  CAF_CHECK_EQUAL(run({"list"}).code, 74);
  more = "http.token_file = '" + dir.write("token", "\n") + "'\n";
  CAF_CHECK_EQUAL(run({"list"}).code, 78);
}

CAF_TEST(the service may listen at a unix socket) {
  auto path = dir / "socket";
  answering_server local{[](const seen_request&) {
                           return answering_server::answer{200, "x 1\n"};
                         },
                         path};
  auto file = dir.write("u.toml", "http.listen = ['unix:" + path + "']");
  auto x = run_cli({"stats", "-c", file});
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(x.out, "METRIC  VALUE\nx           1\n");
}

CAF_TEST_FIXTURE_SCOPE_END()
