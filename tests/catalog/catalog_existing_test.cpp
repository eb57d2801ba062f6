#define CAF_SUITE catalog_existing

// Files that exist.

#include "tests/catalog/catalog_fixture.hpp"
#include "tests/test.hpp"

#include <cmath>
#include <limits>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct existing_fixture : catalog_fixture {
  /// Makes a file that was updated at this second.
  void create(const std::string& path, file_definition x = simple(),
              int64_t last = 1700000000) {
    put_file(path, std::move(x), last);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(catalog_existing_tests, existing_fixture)

CAF_TEST(a file like the rule wants it is taken over) {
  open();
  create("a");
  auto x = resolve(series("a"));
  CAF_CHECK_EQUAL(x.refused, refusal::none);
  CAF_CHECK_EQUAL(x.sealed_until, 1700000000);
  CAF_CHECK(*x.definition == simple());
  CAF_CHECK_EQUAL(metric("files_differ"), 0);
  CAF_CHECK(uut->take_notes().empty());
  CAF_MESSAGE("its shard knows what is late, but not what it became since");
  CAF_CHECK_EQUAL(resolve(series("a")).sealed_until, 0);
  CAF_CHECK_EQUAL(described, std::vector<std::string>{"a"});
}

CAF_TEST(a file keeps its step and archives and is tuned) {
  open();
  auto own = simple(60);
  own.sources[0].heartbeat = 600;
  own.sources[0].min = 0;
  own.archives = {{consolidation::average, 0.25, 1, 50},
                  {consolidation::average, 0.5, 5, 20}};
  create("a", own);
  auto wanted = simple();
  wanted.lateness = 3;
  wanted.sources[0].sample = slot_sample::mean;
  wanted.sources[0].fill = gap_fill::hold;
  wanted.sources[0].min = -5;
  auto x = resolve(series("a", share(wanted)));
  CAF_CHECK_EQUAL(x.refused, refusal::none);
  auto& d = *x.definition;
  CAF_CHECK_EQUAL(d.step, 60);
  CAF_CHECK_EQUAL(d.lateness, 3);
  CAF_REQUIRE_EQUAL(d.archives.size(), 2u);
  CAF_CHECK_EQUAL(d.archives[0].xff, 0.25);
  CAF_CHECK_EQUAL(d.archives[1].steps, 5u);
  CAF_CHECK(d.sources[0].sample == slot_sample::mean);
  CAF_CHECK(d.sources[0].fill == gap_fill::hold);
  CAF_CHECK_EQUAL(d.sources[0].min, -5.);
  // 20 s would be below a step.
  CAF_CHECK_EQUAL(d.sources[0].heartbeat, 60);
  CAF_CHECK_EQUAL(metric("files_differ"), 1);
  CAF_MESSAGE("it is named once");
  auto notes = uut->take_notes();
  CAF_REQUIRE_EQUAL(notes.size(), 1u);
  CAF_CHECK_EQUAL(notes[0],
                  "a.rrd differs from rule plant: step 60s, not 10s; archives "
                  "RRA:AVERAGE:0.25:1:50 RRA:AVERAGE:0.5:5:20, not "
                  "RRA:AVERAGE:0.5:1:100; it stays as it is until \"rrdflow "
                  "reshape 'a'\"");
  resolve(series("a", share(wanted)));
  CAF_CHECK(uut->take_notes().empty());
  CAF_MESSAGE("new rules tune it again, and the right ones end the difference");
  wanted.sources[0].heartbeat = 900;
  CAF_CHECK_EQUAL(
    resolve(series("a", share(wanted))).definition->sources[0].heartbeat, 900);
  auto right = *infos["a"].definition;
  CAF_CHECK_EQUAL(resolve(series("a", share(right))).definition->step, 60);
  CAF_CHECK_EQUAL(metric("files_differ"), 0);
}

CAF_TEST(sources match by name) {
  open();
  auto own = sources({"extra", "out", "in"});
  own.sources[1].type = source_type::counter;
  create("net", own);
  auto x = sources({"in", "out", "value"});
  for (auto& s : x.sources)
    s.heartbeat = 30;
  auto wanted = share(x);
  auto answers
    = resolve({labelled("net", 0, wanted), labelled("net", 1, wanted),
               labelled("net", 2, wanted)});
  CAF_CHECK_EQUAL(answers[0].refused, refusal::none);
  CAF_CHECK_EQUAL(answers[0].source, 2u);
  CAF_CHECK_EQUAL(answers[0].definition->sources.size(), 3u);
  CAF_CHECK_EQUAL(answers[0].definition->sources[2].heartbeat, 30);
  // The rule does not know it: it stays as it is.
  CAF_CHECK_EQUAL(answers[0].definition->sources[0].heartbeat, 20);
  CAF_CHECK_EQUAL(answers[0].sealed_until, 1700000000);
  CAF_CHECK_EQUAL(answers[1].refused, refusal::file);
  CAF_CHECK_EQUAL(answers[1].reason,
                  "net.rrd: source out is a COUNTER, not a GAUGE; \"rrdflow "
                  "reshape 'net/*'\" makes it so");
  CAF_CHECK_EQUAL(answers[2].refused, refusal::file);
  CAF_CHECK_EQUAL(answers[2].reason,
                  "net.rrd has no source value; \"rrdflow reshape 'net/*'\" "
                  "makes it so");
}

CAF_TEST(a file without the source is refused for good) {
  open();
  create("a", sources({"in"}));
  for (auto i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(resolve(series("a")).refused, refusal::file);
  CAF_CHECK_EQUAL(uut->names()->size(), 1u);
  CAF_CHECK(names().empty());
  CAF_CHECK_EQUAL(uut->index_text(), "");
  CAF_MESSAGE("until it is taken away");
  std::filesystem::remove(rrd("a"));
  infos.clear();
  CAF_CHECK_EQUAL(resolve(series("a")).refused, refusal::none);
}

CAF_TEST(something else than a file is refused) {
  open();
  std::filesystem::create_directories(rrd("folder"));
  infos["folder"]
    = {true, "folder.rrd: is a directory\n", false, false, 0, {}, nullptr};
  auto x = resolve(series("folder"));
  CAF_CHECK_EQUAL(x.refused, refusal::file);
  CAF_CHECK_EQUAL(x.reason, "folder.rrd: is a directory\\x0a");
  std::filesystem::create_symlink("/nowhere", rrd("link"));
  infos["link"] = {true, "link.rrd: is a link", false, false, 0, {}, nullptr};
  CAF_CHECK_EQUAL(resolve(series("link")).refused, refusal::file);
  CAF_CHECK_EQUAL(described.size(), 1u);
}

CAF_TEST(a file that cannot be opened now is taken for what its rule says) {
  open();
  write(rrd("a"), "anything");
  infos["a"] = {true, "a.rrd: permission denied", false, true, 0, {}, nullptr};
  auto x = resolve(series("a"));
  CAF_CHECK_EQUAL(x.refused, refusal::none);
  CAF_CHECK_EQUAL(x.sealed_until, 0);
  CAF_CHECK(*x.definition == simple());
}

CAF_TEST(a damaged file is accepted and begun anew) {
  open();
  write(rrd("a"), "no rrd");
  auto x = resolve(series("a"));
  CAF_CHECK_EQUAL(described.size(), 1u);
  CAF_CHECK_EQUAL(x.refused, refusal::none);
  CAF_CHECK_EQUAL(x.sealed_until, 0);
  CAF_CHECK(*x.definition == simple());
}

CAF_TEST(a file back from the dead is asked for its last update) {
  open();
  create("a");
  auto a = resolve(series("a"));
  uut->retire({a.file});
  infos["a"].last_update = 1700009990;
  auto b = resolve(series("a"));
  CAF_CHECK_EQUAL(b.file, a.file);
  CAF_CHECK_EQUAL(b.sealed_until, 1700009990);
}

CAF_TEST(a file whose state was lost is asked for its last update) {
  open();
  create("a");
  create("b");
  resolve({series("a"), series("b")});
  open().remember({path_key("b"), path_key("other")});
  auto answers = resolve({series("a"), series("b")});
  CAF_CHECK_EQUAL(described, (std::vector<std::string>{"a", "b"}));
  CAF_CHECK_EQUAL(answers[0].sealed_until, 1700000000);
  CAF_CHECK_EQUAL(answers[1].sealed_until, 0);
}

CAF_TEST(a file deleted by hand follows the rule again) {
  open();
  create("a", simple(60));
  CAF_CHECK_EQUAL(resolve(series("a")).definition->step, 60);
  std::filesystem::remove(rrd("a"));
  infos.clear();
  open();
  CAF_CHECK_EQUAL(resolve(series("a")).definition->step, 10);
  CAF_CHECK_EQUAL(metric("files_differ"), 0);
}

CAF_TEST(a file released while it is described is described again) {
  auto& engine = open();
  create("a");
  auto ids = engine.needs_description({series("a")}, {});
  CAF_REQUIRE_EQUAL(ids.size(), 1u);
  file_descriptions known{{ids[0], infos["a"]}};
  engine.release(ids);
  auto more = engine.needs_description({series("a")}, known);
  CAF_REQUIRE_EQUAL(more.size(), 1u);
  CAF_CHECK_NOT_EQUAL(more[0], ids[0]);
  known[more[0]] = infos["a"];
  // CAF's checks keep references.
  auto found = engine.resolve({series("a")}, known)[0].file;
  CAF_CHECK_EQUAL(found, more[0]);
}

CAF_TEST(a file that is gone is made as the rules say now) {
  open();
  create("a");
  CAF_CHECK_EQUAL(resolve(series("a")).definition->step, 10);
  std::filesystem::remove(rrd("a"));
  infos.clear();
  CAF_MESSAGE("GIVEN rows of the old step, after a restart, too");
  open().remember({path_key("a")});
  auto wanted = share(simple(60));
  auto xs = std::vector<new_series>{series("a", wanted)};
  auto moving = uut->moving(xs, {});
  CAF_REQUIRE_EQUAL(moving.size(), 1u);
  CAF_CHECK(moving[0].remade && *moving[0].remade == *wanted);
  CAF_MESSAGE("its shard lets go of them first");
  CAF_CHECK_EQUAL(resolve(xs)[0].definition->step, 60);
  CAF_CHECK_EQUAL(moved, std::vector<std::string>{"a"});
  CAF_CHECK_EQUAL(metric("files_differ"), 0);
  CAF_MESSAGE("other archives alone fit the rows");
  auto other = simple(60);
  other.archives[0].rows = 7;
  CAF_CHECK_EQUAL(
    resolve(series("a", share(other))).definition->archives[0].rows, 7u);
  CAF_CHECK(moved.empty());
}

CAF_TEST(a file that another program changed is read anew) {
  open();
  auto wanted = share(sources({"in", "out"}));
  create("net", sources({"in"}));
  auto answers
    = resolve({labelled("net", 0, wanted), labelled("net", 1, wanted)});
  CAF_CHECK_EQUAL(answers[0].refused, refusal::none);
  CAF_CHECK_EQUAL(answers[1].refused, refusal::file);
  CAF_CHECK_EQUAL(metric("files_differ"), 1);
  CAF_MESSAGE("WHEN it got the source");
  create("net", sources({"in", "out"}));
  answers = resolve({labelled("net", 0, wanted), labelled("net", 1, wanted)});
  CAF_CHECK_EQUAL(moved, std::vector<std::string>{"net"});
  CAF_CHECK_EQUAL(answers[0].sealed_until, 1700000000);
  CAF_CHECK_EQUAL(answers[1].refused, refusal::none);
  CAF_CHECK_EQUAL(answers[1].source, 1u);
  CAF_CHECK_EQUAL(metric("files_differ"), 0);
  CAF_MESSAGE("WHEN another file stands there");
  create("net", sources({"out", "in"}, 30));
  answers = resolve({labelled("net", 0, wanted), labelled("net", 1, wanted)});
  CAF_CHECK_EQUAL(answers[0].source, 1u);
  CAF_CHECK_EQUAL(answers[0].definition->step, 30);
  CAF_CHECK_EQUAL(moved, std::vector<std::string>{"net"});
}

CAF_TEST(rows of a snapshot may be older than the shape of the catalog) {
  open();
  create("a", simple(60));
  CAF_CHECK_EQUAL(resolve(series("a", share(simple(60)))).definition->step, 60);
  open().remember({path_key("a")}, {share(simple(10))});
  CAF_CHECK_EQUAL(resolve(series("a", share(simple(60)))).sealed_until,
                  1700000000);
  CAF_CHECK_EQUAL(moved, std::vector<std::string>{"a"});
  resolve(series("a", share(simple(60))));
  CAF_CHECK(moved.empty());
}

CAF_TEST(a limit that the rule leaves open is left to the file) {
  auto nan = std::numeric_limits<double>::quiet_NaN();
  auto infinite = std::numeric_limits<double>::infinity();
  open();
  auto own = simple();
  auto max_of = [&](double wanted, double in_file) {
    own.sources[0].max = in_file;
    create("a", own);
    auto x = simple();
    x.sources[0].max = wanted;
    return resolve(series("a", share(x))).definition->sources[0].max;
  };
  CAF_CHECK(std::isnan(max_of(nan, 7)));
  CAF_MESSAGE("one that it asks for is set");
  CAF_CHECK_EQUAL(max_of(50, 7), 50);
  CAF_MESSAGE("and taken away when it does so no more");
  CAF_CHECK(max_of(nan, 50) == infinite);
  CAF_CHECK(max_of(nan, 50) == infinite);
  CAF_CHECK(std::isnan(max_of(nan, nan)));
  CAF_CHECK(std::isnan(max_of(nan, 50)));
  CAF_MESSAGE("unless somebody set another since");
  CAF_CHECK_EQUAL(max_of(50, 50), 50);
  CAF_CHECK(std::isnan(max_of(nan, 60)));
}

CAF_TEST(files that cannot be read now go on if they are in use) {
  open();
  create("a");
  resolve(series("a"));
  auto broken = infos["a"];
  infos["a"] = {true, "a.rrd: permission denied", false, false, 0, {}, nullptr};
  auto x = resolve(series("a"));
  CAF_CHECK_EQUAL(x.refused, refusal::none);
  CAF_CHECK(*x.definition == simple());
}

CAF_TEST(differing files are listed with their patterns) {
  open();
  create("a", simple(60));
  create("b");
  create("net", sources({"in"}));
  auto wanted = share(sources({"in", "out"}));
  resolve({series("a"), series("b"), labelled("net", 1, wanted)});
  auto list = uut->differing("*");
  CAF_REQUIRE_EQUAL(list.size(), 2u);
  CAF_CHECK_EQUAL(list[0].file, "a.rrd");
  CAF_CHECK_EQUAL(list[0].name, "a");
  CAF_CHECK_EQUAL(list[0].difference, "step 60s, not 10s");
  CAF_CHECK_EQUAL(list[1].name, "net/*");
  CAF_CHECK_EQUAL(list[1].difference, "source out is missing");
  CAF_CHECK_EQUAL(uut->differing("net/out").size(), 1u);
  CAF_CHECK_EQUAL(uut->differing("net/*").size(), 1u);
  CAF_CHECK(uut->differing("b").empty());
  CAF_MESSAGE("writers know what to make if they are gone");
  auto wishes = uut->take_wishes();
  CAF_REQUIRE_EQUAL(wishes.size(), 2u);
  CAF_CHECK_EQUAL(wishes[0].definition->step, 10);
  CAF_MESSAGE("one that got its shape is in order");
  auto id = *uut->find(path_key("a"));
  auto plan = uut->plan_reshape(id, infos["a"], true);
  CAF_CHECK(plan.moves);
  CAF_CHECK_EQUAL(plan.shape->step, 10);
  uut->let_go({id});
  create("a");
  uut->learn(id, infos["a"], "");
  CAF_CHECK(uut->differing("a").empty());
  auto listed = uut->list({"a", "", 1, true});
  CAF_CHECK_EQUAL(listed.at(0).step, 10);
  wishes = uut->take_wishes();
  CAF_REQUIRE_EQUAL(wishes.size(), 1u);
  CAF_CHECK(wishes[0].definition == nullptr);
  CAF_MESSAGE("one that did not says why");
  uut->learn(*uut->find(path_key("net")), infos["net"], "no room");
  auto differing = uut->differing("net/*");
  CAF_CHECK_EQUAL(differing.at(0).trouble, "no room");
}

CAF_TEST(files are compared with rules that no reading came for) {
  open();
  create("a");
  resolve({series("a")});
  CAF_CHECK(uut->differing("*").empty());
  file_descriptions known{{*uut->find(path_key("a")), infos["a"]}};
  auto changed = series("a");
  changed.definition = share(simple(60));
  uut->compare({changed, series("unknown")}, known);
  auto list = uut->differing("*");
  CAF_REQUIRE_EQUAL(list.size(), 1u);
  CAF_CHECK_EQUAL(list[0].difference, "step 10s, not 60s");
  CAF_CHECK_EQUAL(uut->take_wishes().size(), 1u);
  CAF_CHECK(!uut->find(path_key("unknown")));
  CAF_MESSAGE("and back");
  uut->compare({series("a")}, known);
  CAF_CHECK(uut->differing("*").empty());
}

CAF_TEST(many differing files are a few lines) {
  open();
  std::vector<new_series> xs;
  for (auto i = 0; i < 100; ++i) {
    xs.push_back(series("f" + std::to_string(i)));
    put_file(xs.back().name, simple(60), 1700000000);
  }
  resolve(xs);
  CAF_CHECK_EQUAL(metric("files_differ"), 100);
  auto notes = uut->take_notes();
  CAF_REQUIRE_EQUAL(notes.size(), 21u);
  CAF_CHECK_EQUAL(notes[20], "and 80 more of that kind");
}

CAF_TEST_FIXTURE_SCOPE_END()
