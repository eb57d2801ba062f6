#define CAF_SUITE decoder_requests

#include "actors/decode/decoder_engine.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

series_info info(file_id id, uint32_t shard) {
  series_info x;
  x.id = id;
  x.shard = shard;
  return x;
}

bool has(const std::vector<std::string>& xs, const std::string& x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

} // namespace

CAF_TEST(new rules hold from their place on) {
  decoder_fixture f;
  f.begin(catch_all);
  f.feed->message(n0, "a", "1");
  f.feed->request(record_kind::rules, n0,
                  rules_request{R"(
cache.flush_after = "7s"
[[rule]]
name = "new"
topics = ["#"]
series = "new/{topic}"
)",
                                {{4, "a"}}});
  f.feed->message(n0, "a", "2");
  f.feed->message(n0, "a", "3").identifiers = {4};
  f.run();
  CAF_CHECK_EQUAL(f.out.known.size(), 2u);
  CAF_CHECK(f.out.known.count("new/a") == 1);
  CAF_CHECK(has(f.out.streams[0], "rules all new"));
  CAF_CHECK(has(f.out.streams[0], "put 1.0 r1 0 2"));
  CAF_CHECK(f.out.outcomes[1].failures.empty());
  CAF_CHECK_EQUAL(f.out.requests, 2u);
  CAF_CHECK_EQUAL(f.metric_of("samples_total", "all"), 1);
  CAF_CHECK_EQUAL(f.metric_of("samples_total", "new"), 2);
  // As long as always, then as the new ones say.
  CAF_CHECK_EQUAL(f.out.due, (std::vector<int64_t>{3600, 7}));
  CAF_MESSAGE("and are in the cut");
  decoder_memory x;
  CAF_REQUIRE(!unpack(f.uut->cut().memory, x));
  CAF_CHECK(x.rules.text.find("new") != std::string::npos);
  CAF_CHECK_EQUAL(x.rules.subscriptions.size(), 1u);
  CAF_CHECK_EQUAL(x.rule_names.size(), 2u);
}

CAF_TEST(rules with mistakes leave the old ones in force) {
  decoder_fixture f;
  f.begin(catch_all);
  f.feed->request(record_kind::rules, n0, rules_request{"[[rule", {}});
  f.feed->append(record_kind::rules, n0, {}, "\xc1");
  f.feed->message(n0, "a", "2");
  f.run();
  CAF_CHECK_EQUAL(f.out.outcomes[1].failures.size(), 1u);
  CAF_CHECK_EQUAL(f.out.outcomes[2].failures.size(), 1u);
  CAF_CHECK_EQUAL(f.out.samples.size(), 1u);
}

CAF_TEST(limits and what becomes of retained messages change with the rules) {
  auto with = [](const char* past, const char* retained) {
    return rules_request{"limits.past = \"" + std::string{past}
                           + "\"\nmqtt.retained = \"" + retained + "\"\n"
                           + catch_all,
                         {}};
  };
  decoder_fixture f;
  f.start.rules = with("1h", "ignore");
  f.begin();
  auto old = [&] {
    f.feed->message(n0, "a", R"({"ts":1699990000,"a":1})");
    f.feed->message(n0, "b", "2").record.retained = true;
  };
  old();
  f.feed->request(record_kind::rules, n0, with("1d", "accept"));
  old();
  f.feed->request(record_kind::rules, n0, with("1h", "ignore"));
  old();
  auto check = [](decoder_fixture& x) {
    x.run();
    CAF_CHECK_EQUAL(x.out.samples.size(), 2u);
    CAF_CHECK_EQUAL(x.metric_of("samples_refused_total", "all", "past"), 2);
    CAF_CHECK_EQUAL(x.metric_of("messages_ignored_total", "retained"), 2);
  };
  auto cut = f.uut->cut();
  check(f);
  CAF_MESSAGE("a replay decodes the same, whatever the configuration says now");
  decoder_fixture g;
  g.feed = f.feed;
  g.start.at = cut.at;
  g.start.memory = cut.memory;
  g.start.rules = with("10d", "accept");
  g.begin();
  check(g);
}

CAF_TEST(a definition that changed is announced again) {
  decoder_fixture f;
  f.begin(catch_all);
  f.feed->message(n0, "a", "1");
  f.feed->request(record_kind::rules, n0, rules_request{catch_all, {}});
  f.feed->message(n0, "a", "2");
  f.run();
  auto& xs = f.out.streams[0];
  CAF_CHECK_EQUAL(std::count(xs.begin(), xs.end(), "open 0"), 2);
}

CAF_TEST(a flush of all goes to every shard) {
  decoder_fixture f{2};
  f.begin(catch_all);
  f.feed->message(n0, "a", "1");
  f.feed->request(record_kind::flush, n0, flush_request{});
  f.feed->message(n0, "a", "2");
  f.run();
  std::vector<std::string> first{"rules all",      "open 0",  "second 0 at 0",
                                 "put 0.0 r0 0 1", "flush 1", "put 0.0 r0 0 2"};
  std::vector<std::string> other{"rules all", "second 0 at 0", "flush 1"};
  CAF_CHECK_EQUAL(f.out.streams[0], first);
  CAF_CHECK_EQUAL(f.out.streams[1], other);
  CAF_CHECK(f.out.outcomes.empty());
}

CAF_TEST(a flush of one series asks for its file) {
  decoder_fixture f{2};
  f.begin(catch_all);
  f.feed->request(record_kind::flush, n0, flush_request{"a"});
  f.feed->request(record_kind::flush, n0, flush_request{"b"});
  CAF_CHECK(f.uut->step(10) == step_result::waiting);
  CAF_CHECK_EQUAL(f.uut->cut().at, 0u);
  f.uut->found({info(7, 1)});
  CAF_CHECK(f.uut->step(10) == step_result::waiting);
  f.uut->found({});
  CAF_CHECK(f.uut->step(10) == step_result::drained);
  CAF_CHECK_EQUAL(f.out.looked_up, (std::vector<std::string>{"a", "b"}));
  CAF_CHECK(has(f.out.streams[0], "flush 1 7"));
  CAF_CHECK(has(f.out.streams[1], "flush 1 7"));
  CAF_CHECK(!has(f.out.streams[0], "flush 2"));
  CAF_CHECK_EQUAL(f.out.outcomes[2].failures[0], "b: no such series");
}

CAF_TEST(forgetting waits for the shards and asks anew afterwards) {
  decoder_fixture f{2};
  f.begin(catch_all);
  f.feed->message(n0, "a", "1");
  f.feed->message(n0, "b", "1");
  f.feed->message(n0, "c", "1");
  f.run();
  f.feed->request(record_kind::forget, n0, forget_request{"*", true});
  f.feed->message(n0, "a", "2");
  f.feed->message(n0, "c", "2");
  CAF_CHECK(f.uut->step(10) == step_result::waiting);
  CAF_CHECK_EQUAL(f.out.looked_up.size(), 1u);
  f.uut->found({info(0, 0), info(1, 1), info(0, 0)});
  CAF_CHECK_EQUAL(f.out.releases.size(), 2u);
  CAF_MESSAGE("a cut passes meanwhile, in front of the record");
  CAF_CHECK(f.uut->step(10) == step_result::waiting);
  CAF_CHECK_EQUAL(f.uut->cut().at, 300u);
  CAF_CHECK(!f.uut->tick());
  f.uut->released({3, 1, {}});
  CAF_CHECK(f.out.freed.empty());
  f.uut->released({4, 1, {"b: failed"}});
  CAF_CHECK_EQUAL(f.out.freed.size(), 2u);
  CAF_CHECK(f.out.outcomes.empty());
  f.uut->freed();
  CAF_CHECK_EQUAL(f.out.outcomes[1].rows, 7u);
  CAF_CHECK_EQUAL(f.out.outcomes[1].files, 2u);
  CAF_CHECK_EQUAL(f.out.outcomes[1].failures.size(), 1u);
  CAF_CHECK(f.uut->step(10) == step_result::waiting);
  CAF_REQUIRE_EQUAL(f.out.asked.size(), 1u);
  CAF_CHECK_EQUAL(f.out.asked[0].size(), 1u);
  CAF_CHECK_EQUAL(f.out.asked[0][0].name, "a");
  f.run();
  auto& xs = f.out.streams[0];
  CAF_CHECK_EQUAL(std::count(xs.begin(), xs.end(), "open 0"), 2);
}

CAF_TEST(what could not be written keeps its name) {
  decoder_fixture f{2};
  f.begin(catch_all);
  f.feed->message(n0, "a", "1");
  f.feed->request(record_kind::forget, n0, forget_request{"*", false});
  f.feed->request(record_kind::forget, n0, forget_request{"b", false});
  f.run();
  request_outcome failed;
  failed.failures = {"1: no space"};
  failed.unwritten = {1};
  f.uut->found({info(0, 0), info(1, 1)});
  f.uut->released({3, 1, {}});
  f.uut->released(failed);
  CAF_CHECK_EQUAL(f.out.freed, std::vector<file_id>{0});
  f.uut->freed();
  CAF_CHECK_EQUAL(f.out.outcomes[1].files, 1u);
  f.run();
  f.uut->found({info(1, 1)});
  f.uut->released(failed);
  CAF_CHECK_EQUAL(f.out.freed, std::vector<file_id>{0});
  CAF_CHECK_EQUAL(f.out.outcomes[2].files, 0u);
  CAF_CHECK_EQUAL(f.out.outcomes[2].failures, failed.failures);
}

CAF_TEST(a refused name is asked for again after forgetting) {
  decoder_fixture f;
  f.begin(catch_all + "series = \"no/{topic}\"\n");
  f.feed->message(n0, "a", "1");
  f.feed->request(record_kind::forget, n0, forget_request{"x", false});
  f.feed->message(n0, "a", "1");
  f.uut->step(10);
  f.answer();
  CAF_CHECK(f.uut->step(10) == step_result::waiting);
  f.uut->found({info(9, 0)});
  f.uut->released({});
  f.uut->freed();
  f.run();
  CAF_CHECK_EQUAL(f.out.requests, 2u);
  CAF_CHECK_EQUAL(f.out.outcomes[1].files, 1u);
}

CAF_TEST(idle files retire and come back) {
  auto names = std::make_shared<file_names>();
  decoder_fixture f{2};
  f.settings.names = names;
  f.begin(catch_all);
  for (auto x : {"a", "b", "c"})
    names->add(x);
  f.feed->message(n0, "a", "1");
  f.feed->message(n0, "b", "1");
  f.feed->message(n0 + 10000000000, "b", "1");
  f.feed->request(record_kind::retire, n0 + 10000000000,
                  retire_request{{"a", "b", "zzz"}, t0 + 5});
  f.run();
  CAF_CHECK_EQUAL(f.out.reaped, std::vector<file_id>{0});
  CAF_CHECK(has(f.out.streams[names->key(0) % 2], "retire 0"));
  CAF_CHECK(!has(f.out.streams[names->key(1) % 2], "retire 1"));
  CAF_CHECK_EQUAL(f.out.outcomes[1].files, 1u);
  f.feed->message(n0 + 20000000000, "a", "1");
  f.run();
  CAF_CHECK_EQUAL(f.out.requests, 2u);
  auto& xs = f.out.streams[0];
  CAF_CHECK_EQUAL(std::count(xs.begin(), xs.end(), "open 0"), 2);
}

CAF_TEST(a file of several topics retires with the last of them) {
  auto names = std::make_shared<file_names>();
  decoder_fixture f;
  f.settings.names = names;
  f.begin(catch_all + "series = \"one\"\nshared = true\n");
  names->add("one");
  auto retire = [&](int64_t idle_since) {
    f.feed->request(record_kind::retire, n0 + 20000000000,
                    retire_request{{"one"}, idle_since});
    f.run();
    return std::exchange(f.out.reaped, {}).size();
  };
  f.feed->message(n0, "a", "1");
  f.feed->message(n0 + 10000000000, "b", "1");
  f.run();
  CAF_CHECK_EQUAL(retire(t0 + 5), 0u);
  f.feed->message(n0 + 20000000000, "a", "1");
  f.run();
  CAF_CHECK_EQUAL(f.out.requests, 1u);
  CAF_CHECK_EQUAL(retire(t0 + 30), 1u);
  CAF_MESSAGE("both ask again");
  f.feed->message(n0 + 40000000000, "a", "1");
  f.feed->message(n0 + 40000000000, "b", "1");
  f.run();
  CAF_CHECK_EQUAL(f.out.requests, 2u);
}

CAF_TEST(a file is bound anew only with another definition) {
  bound_files uut;
  definition_ptr x = std::make_shared<file_definition>();
  definition_ptr y = std::make_shared<file_definition>();
  CAF_CHECK(uut.bind(7, x));
  CAF_CHECK(!uut.bind(7, x));
  CAF_CHECK(uut.bind(100'000, x));
  CAF_CHECK(uut.bind(7, y));
  CAF_CHECK(uut.bind(7, x));
  uut.forget(7);
  uut.forget(8);
  uut.forget(1'000'000);
  CAF_CHECK(uut.bind(7, x));
  CAF_CHECK(!uut.bind(100'000, x));
  // A definition that no file has any longer is let go of: what is at its
  // address later is another one.
  uut.bind(7, y);
  uut.forget(100'000);
  CAF_CHECK_EQUAL(x.use_count(), 1);
  CAF_CHECK_EQUAL(y.use_count(), 2);
}
CAF_TEST(series that exist are described by the rules of now) {
  decoder_fixture f;
  f.begin(catch_all + "fields = [{ path = \"gone\", drop = true }]\n");
  series_info known;
  known.name = "t/v";
  known.topic = "t";
  known.path = "v";
  auto renamed = known;
  renamed.name = "other/v";
  auto dropped = known;
  dropped.name = "t/gone";
  dropped.path = "gone";
  auto without = known;
  without.topic.clear();
  auto found = f.uut->describe({known, renamed, dropped, without});
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].name, "t/v");
  CAF_CHECK_EQUAL(found[0].rule, "all");
  CAF_CHECK_EQUAL(found[0].definition->step, 10);
}
