#define CAF_SUITE catalog_resolve

#include "actors/catalog/path_escape.hpp"
#include "tests/catalog/catalog_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct resolve_fixture : catalog_fixture {
  resolve_fixture() {
    open();
  }

  refusal refused(const new_series& x) {
    return resolve(x).refused;
  }
};

definition_ptr two_sources() {
  return share(sources({"in", "out"}));
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(catalog_resolve_tests, resolve_fixture)

CAF_TEST(a new series gets a file of its own) {
  settings.shard_count = 7;
  open();
  auto a = resolve(series("plant/hall 1"));
  CAF_CHECK_EQUAL(a.refused, refusal::none);
  CAF_CHECK_EQUAL(uut->names()->path(a.file), "plant/hall=201");
  CAF_CHECK_EQUAL(a.shard, path_key("plant/hall=201") % 7);
  CAF_CHECK_EQUAL(a.source, 0u);
  CAF_CHECK_EQUAL(a.sealed_until, 0);
  CAF_CHECK(*a.definition == simple());
  CAF_CHECK_EQUAL(resolve(series("b")).file, a.file + 1);
  CAF_CHECK_EQUAL(uut->find(path_key("plant/hall=201")), a.file);
  CAF_CHECK_EQUAL(uut->find(path_key("other")), std::nullopt);
}

CAF_TEST(the same series is the same file) {
  auto a = resolve(series("a"));
  auto b = resolve(series("a"));
  CAF_CHECK_EQUAL(a.file, b.file);
  CAF_CHECK(described.empty());
  CAF_CHECK_EQUAL(metric("series"), 1);
}

CAF_TEST(equal definitions are one object) {
  auto a = resolve(series("a"));
  auto b = resolve(series("b", share(simple())));
  CAF_CHECK_EQUAL(a.definition, b.definition);
}

CAF_TEST(another topic or path collides) {
  resolve(series("a"));
  auto x = series("a");
  x.topic = "other\n";
  auto answer = resolve(x);
  CAF_CHECK_EQUAL(answer.refused, refusal::collision);
  CAF_CHECK_EQUAL(answer.reason, "it belongs to topic \"a\" and path \"\"");
  auto y = series("a");
  y.path = "p";
  CAF_CHECK_EQUAL(refused(y), refusal::collision);
  CAF_MESSAGE("within one request, too");
  auto z = series("z");
  z.topic = "other";
  auto answers = resolve({series("z"), z});
  CAF_CHECK_EQUAL(answers[0].refused, refusal::none);
  CAF_CHECK_EQUAL(answers[1].refused, refusal::collision);
}

CAF_TEST(a shared series takes all topics) {
  auto a = resolve(series("a"));
  auto x = series("a");
  x.topic = "other";
  x.shared = true;
  auto b = resolve(x);
  CAF_CHECK_EQUAL(b.refused, refusal::none);
  CAF_CHECK_EQUAL(b.file, a.file);
  CAF_MESSAGE("and stays that of the first");
  CAF_CHECK_EQUAL(std::string{uut->list({"a", "", 1, true})[0].topic}, "a");
}

CAF_TEST(names that cannot be paths are refused) {
  auto long_level = std::string(201, 'x');
  CAF_CHECK_EQUAL(refused(series(long_level)), refusal::name);
  CAF_CHECK_EQUAL(refused(series(std::string(5000, '/'))), refusal::name);
  auto x = series("a");
  x.path = std::string(70000, 'p');
  CAF_CHECK_EQUAL(refused(x), refusal::name);
  CAF_CHECK_EQUAL(metric("series"), 0);
  CAF_CHECK_EQUAL(uut->names()->size(), 0u);
}

CAF_TEST(a path must fit behind that of the store) {
  std::string name = "x";
  while (name.size() < max_escaped_path - directory.size())
    name += "/xxxxxxxxx";
  CAF_CHECK_EQUAL(refused(series(name.substr(0, 3900))), refusal::none);
  settings.directory = directory + std::string(300, '/');
  open();
  CAF_CHECK_EQUAL(refused(series(name.substr(0, 3901))), refusal::name);
}

CAF_TEST(a series that does not fit its file is refused) {
  auto x = series("a");
  x.file = "b";
  CAF_CHECK_EQUAL(refused(x), refusal::name);
  x = series("a");
  x.source = 1;
  CAF_CHECK_EQUAL(refused(x), refusal::name);
  x.definition = nullptr;
  CAF_CHECK_EQUAL(refused(x), refusal::name);
}

CAF_TEST(limits of series hold for the living) {
  settings.max_series = 2;
  open();
  auto answers = resolve({series("a"), series("b"), series("c")});
  CAF_CHECK_EQUAL(answers[2].refused, refusal::limit);
  CAF_CHECK_EQUAL(refused(series("a")), refusal::none);
  CAF_MESSAGE("what is retired makes room, and needs room to come back");
  uut->retire({answers[0].file});
  CAF_CHECK_EQUAL(refused(series("c")), refusal::none);
  CAF_CHECK_EQUAL(refused(series("a")), refusal::limit);
  CAF_CHECK_EQUAL(metric("series"), 2);
  uut->release({*uut->find(path_key("c"))});
  CAF_CHECK_EQUAL(refused(series("a")), refusal::none);
}

CAF_TEST(a refused flood of names costs nothing) {
  settings.max_series = 1;
  open();
  resolve(series("a"));
  auto size = std::filesystem::file_size(directory + "/catalog");
  for (auto i = 0; i < 1000; ++i)
    CAF_REQUIRE_EQUAL(refused(series("x" + std::to_string(i))), refusal::limit);
  CAF_MESSAGE("no file is looked at for them");
  put_file("x7", *series("x7").definition, 1700000000);
  CAF_CHECK_EQUAL(refused(series("x7")), refusal::limit);
  CAF_CHECK(described.empty());
  CAF_CHECK_EQUAL(uut->names()->size(), 1u);
  CAF_CHECK_EQUAL(std::filesystem::file_size(directory + "/catalog"), size);
}

CAF_TEST(limits of a rule hold for its series) {
  auto x = series("a");
  x.max_series = 1;
  CAF_CHECK_EQUAL(refused(x), refusal::none);
  CAF_CHECK_EQUAL(refused(x), refusal::none);
  auto y = series("b");
  y.max_series = 1;
  auto answer = resolve(y);
  CAF_CHECK_EQUAL(answer.refused, refusal::limit);
  CAF_CHECK_EQUAL(answer.reason, "max_series of rule \"plant\" is reached");
  y.rule = "other";
  CAF_CHECK_EQUAL(refused(y), refusal::none);
  CAF_MESSAGE("a series that goes to another rule needs room there");
  x.rule = "other";
  CAF_CHECK_EQUAL(refused(x), refusal::limit);
  x.max_series = 2;
  CAF_CHECK_EQUAL(refused(x), refusal::none);
  CAF_CHECK_EQUAL(std::string{uut->list({"a", "", 1, true})[0].rule}, "other");
}

CAF_TEST(an rrd has all its sources in one file) {
  auto a = resolve(labelled("net", 1, two_sources()));
  CAF_CHECK_EQUAL(a.refused, refusal::none);
  CAF_CHECK_EQUAL(a.source, 1u);
  CAF_CHECK_EQUAL(a.definition->sources.size(), 2u);
  auto b = resolve(labelled("net", 0, two_sources()));
  CAF_CHECK_EQUAL(b.file, a.file);
  CAF_CHECK_EQUAL(b.source, 0u);
  CAF_CHECK_EQUAL(metric("series"), 2);
  CAF_CHECK_EQUAL(metric("files"), 1);
  CAF_CHECK_EQUAL(std::string{uut->list({"net/out", "", 1, true})[0].source},
                  "out");
}

CAF_TEST(two kinds of series do not share a file or a name) {
  resolve(labelled("net", 0, two_sources()));
  CAF_CHECK_EQUAL(refused(series("net")), refusal::collision);
  CAF_CHECK_EQUAL(refused(series("net/in")), refusal::collision);
  CAF_CHECK_EQUAL(refused(series("net/out")), refusal::none);
  CAF_CHECK_EQUAL(refused(labelled("net", 1, two_sources())),
                  refusal::collision);
  resolve(series("m"));
  CAF_CHECK_EQUAL(refused(labelled("m", 0, two_sources())), refusal::collision);
}

CAF_TEST(new rules give a file without rows another definition) {
  auto a = resolve(series("a"));
  auto x = simple();
  x.lateness = 5;
  x.archives[0].rows = 7;
  auto b = resolve(series("a", share(x)));
  CAF_CHECK_EQUAL(b.file, a.file);
  CAF_CHECK(*b.definition == x);
  CAF_CHECK_EQUAL(metric("files_differ"), 0);
  CAF_CHECK(moved.empty());
  CAF_MESSAGE("another step once the rows of the old one are out of the way");
  auto c = resolve(series("a", share(simple(60))));
  CAF_CHECK_EQUAL(moved.size(), 1u);
  CAF_CHECK_EQUAL(c.definition->step, 60);
  CAF_CHECK_EQUAL(metric("files_differ"), 0);
}

CAF_TEST(another type for a series with a file is refused) {
  put_file("a", simple(), 1700000000);
  resolve(series("a"));
  auto answer = resolve(series("a", share(simple(10, source_type::counter))));
  CAF_CHECK_EQUAL(answer.refused, refusal::file);
  CAF_CHECK_EQUAL(answer.reason,
                  "a.rrd: source value is a GAUGE, not a COUNTER; \"rrdflow "
                  "reshape 'a'\" makes it so");
}

CAF_TEST(forgetting frees names but no ids) {
  auto a = resolve({series("a/x"), series("a/y"), series("b")});
  auto found = uut->matches("a/*");
  CAF_REQUIRE_EQUAL(found.size(), 2u);
  CAF_CHECK_EQUAL(found[0].id, a[0].file);
  CAF_CHECK(uut->matches("a").empty());
  uut->release({a[0].file, a[1].file, a[0].file, 77});
  CAF_CHECK(uut->matches("a/*").empty());
  CAF_CHECK_EQUAL(names().size(), 1u);
  CAF_CHECK_EQUAL(uut->find(path_key("a/x")), std::nullopt);
  CAF_CHECK_EQUAL(uut->names()->path(a[0].file), "a/x");
  auto x = series("a/x");
  x.topic = "other";
  auto again = resolve(x);
  CAF_CHECK_EQUAL(again.refused, refusal::none);
  CAF_CHECK_EQUAL(again.file, 3u);
  CAF_MESSAGE("the old id says nothing about the new owner");
  uut->release({a[0].file});
  uut->retire({a[0].file});
  CAF_CHECK_EQUAL(uut->find(path_key("a/x")), 3u);
  CAF_CHECK(uut->list({"a/x", "", 1, true})[0].alive);
}

CAF_TEST_FIXTURE_SCOPE_END()
