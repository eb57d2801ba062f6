#define CAF_SUITE catalog_existing

// Files that exist.

#include "tests/catalog/catalog_fixture.hpp"
#include "tests/test.hpp"

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
  CAF_MESSAGE("once its shard knows it, it is not described again");
  CAF_CHECK_EQUAL(resolve(series("a")).sealed_until, 0);
  CAF_CHECK(described.empty());
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
  CAF_CHECK_EQUAL(notes[0], "a.rrd: keeps its own step and archives, which are "
                            "not those of rule plant");
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
                  "in the file, source out is a COUNTER, not a GAUGE");
  CAF_CHECK_EQUAL(answers[2].refused, refusal::file);
  CAF_CHECK_EQUAL(answers[2].reason, "the file has no source value");
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
  infos["folder"] = {true, "folder.rrd: is a directory\n", false, 0, {}, nullptr};
  auto x = resolve(series("folder"));
  CAF_CHECK_EQUAL(x.refused, refusal::file);
  CAF_CHECK_EQUAL(x.reason, "folder.rrd: is a directory\\x0a");
  std::filesystem::create_symlink("/nowhere", rrd("link"));
  infos["link"] = {true, "link.rrd: is a link", false, 0, {}, nullptr};
  CAF_CHECK_EQUAL(resolve(series("link")).refused, refusal::file);
  CAF_CHECK_EQUAL(described.size(), 1u);
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
  CAF_CHECK_EQUAL(described, std::vector<std::string>{"a"});
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
