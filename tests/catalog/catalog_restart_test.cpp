#define CAF_SUITE catalog_restart

// A lost catalog is made anew of the files.

#include "actors/catalog/catalog_file.hpp"
#include "tests/catalog/catalog_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

using strings = std::vector<std::string>;

struct restart_fixture : catalog_fixture {
  void lose() {
    uut.reset();
    std::filesystem::remove(directory + "/catalog");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(catalog_restart_tests, restart_fixture)

CAF_TEST(a lost catalog is made of the files) {
  put_file("plant/hall=201/temp", simple(60), 1700000000);
  put_file("net", sources({"in", "out"}), 1700000000);
  CAF_MESSAGE("GIVEN also what no catalog made");
  write(rrd("damaged"), "x");
  write(rrd("a b"), "x");
  write(directory + "/rrd/index.txt", "old");
  std::filesystem::create_directories(directory + "/rrd/.new");
  write(rrd(".new/temporary"), "x");
  std::filesystem::create_directories(rrd("folder"));
  std::filesystem::create_symlink(rrd("net"), rrd("link"));
  std::filesystem::create_directory_symlink(directory + "/rrd/plant",
                                            directory + "/rrd/plant2");
  open();
  CAF_CHECK_EQUAL(names(), (strings{"net/in", "net/out", "plant/hall 1/temp"}));
  auto notes = uut->take_notes();
  CAF_REQUIRE_EQUAL(notes.size(), 2u);
  CAF_CHECK_EQUAL(notes[0], "damaged.rrd: passed over: not an RRD file");
  CAF_MESSAGE("none lives before a message or the snapshot wakes it");
  CAF_CHECK_EQUAL(uut->index_text(), "");
  uut->remember({path_key("net")});
  CAF_CHECK_EQUAL(uut->index_text(), "net");
  CAF_MESSAGE("the next start opens no file");
  infos.clear();
  open();
  CAF_CHECK_EQUAL(names().size(), 3u);
  CAF_CHECK(uut->take_notes().empty());
}

CAF_TEST(the first topic takes a found file) {
  put_file("a", simple(60), 1700000000);
  open();
  auto x = series("a");
  x.topic = "first";
  auto answer = resolve(x);
  CAF_CHECK_EQUAL(answer.refused, refusal::none);
  CAF_CHECK_EQUAL(answer.sealed_until, 1700000000);
  CAF_CHECK_EQUAL(answer.definition->step, 60);
  CAF_CHECK_EQUAL(resolve(series("a")).refused, refusal::collision);
  auto info = uut->list({"a", "", 1, true})[0];
  CAF_CHECK_EQUAL(info.topic, "first");
  CAF_CHECK_EQUAL(info.rule, "plant");
  CAF_MESSAGE("for good");
  open();
  CAF_CHECK_EQUAL(resolve(series("a")).refused, refusal::collision);
}

CAF_TEST(a found file may turn out to be an rrd) {
  // An [[rrd]] whose only source is labelled as that of a rule's series.
  put_file("m", simple(), 1700000000);
  open();
  CAF_CHECK_EQUAL(names(), strings{"m"});
  CAF_CHECK_EQUAL(resolve(labelled("m", 0, share(simple()))).refused,
                  refusal::none);
  CAF_CHECK_EQUAL(names(), strings{"m/value"});
  open();
  CAF_CHECK_EQUAL(names(), strings{"m/value"});
  CAF_CHECK_EQUAL(uut->index_text(), "m");
}

CAF_TEST(no name is found twice) {
  put_file("a", sources({"in", "out"}), 1700000000);
  put_file("a/in", simple(), 1700000000);
  open();
  CAF_CHECK_EQUAL(names(), (strings{"a/in", "a/out"}));
}

CAF_TEST(a lost catalog does not lose the data) {
  put_file("a", simple(), 1700000000);
  open();
  auto before = resolve(series("a"));
  lose();
  open();
  uut->remember({path_key("a")});
  auto after = resolve(series("a"));
  CAF_CHECK_EQUAL(after.refused, refusal::none);
  CAF_CHECK(*after.definition == *before.definition);
  CAF_CHECK_EQUAL(after.sealed_until, 0);
}

CAF_TEST(damage brings back the files whose records are lost) {
  open();
  put_file("a", simple(), 1700000000);
  put_file("b", simple(), 1700000000);
  auto x = series("b");
  x.topic = "topic of b";
  resolve(series("a"));
  resolve(x);
  uut.reset();
  auto bytes = read(directory + "/catalog");
  // The first file's path.
  auto at = bytes.find(std::string{"\1\0\0\0a", 5});
  CAF_REQUIRE_NOT_EQUAL(at, bytes.npos);
  bytes[at + 4] = 'x';
  write(directory + "/catalog", bytes);
  open();
  CAF_CHECK_EQUAL(names(), (strings{"a", "b"}));
  CAF_MESSAGE("with their topics, whose records are good");
  CAF_CHECK_EQUAL(std::string{uut->list({"a", "", 1, true})[0].topic}, "a");
  CAF_CHECK_EQUAL(std::string{uut->list({"b", "", 1, true})[0].topic},
                  "topic of b");
  CAF_CHECK_EQUAL(resolve(series("a")).refused, refusal::none);
}

CAF_TEST(a lost definition loses no topics) {
  open();
  std::vector<new_series> xs;
  for (auto i = 0; i < 10; ++i) {
    auto name = "s" + std::to_string(i);
    put_file(name, simple(), 1700000000);
    xs.push_back(series(name));
    xs.back().topic = "topic of " + name;
  }
  put_file("net", sources({"in", "out"}), 1700000000);
  xs.push_back(labelled("net", 1, infos["net"].definition));
  resolve(xs);
  uut->release({*uut->find(path_key("s9"))});
  CAF_REQUIRE(!uut->commit());
  uut.reset();
  std::filesystem::remove(rrd("s9"));
  auto bytes = read(directory + "/catalog");
  // The definition is the first record, that of net comes later.
  bytes[catalog_header_size + catalog_layout.header + 5] ^= 1;
  write(directory + "/catalog", bytes);
  open();
  CAF_CHECK_EQUAL(names({"s", "", 99, false}).size(), 9u);
  for (auto& x : uut->list({"s?", "", 99, false})) {
    CAF_CHECK_EQUAL(x.topic, "topic of " + x.name);
    CAF_CHECK_EQUAL(x.rule, "plant");
  }
  CAF_CHECK(uut->list({"net/out", "", 1, true})[0].alive);
  CAF_MESSAGE("and the snapshot says who was alive, for good");
  uut->remember({path_key("s3")});
  CAF_REQUIRE(!uut->commit());
  CAF_CHECK_EQUAL(open().index_text(), "net|s3");
}

CAF_TEST(differing files are still known after a restart) {
  put_file("a", simple(60), 1700000000);
  open();
  resolve(series("a"));
  open();
  for (auto name : {"series", "files", "files_differ"})
    CAF_CHECK_EQUAL(metric(name), 1);
  uut->remember({path_key("a")});
  resolve(series("a"));
  CAF_MESSAGE("but not named again");
  CAF_CHECK(uut->take_notes().empty());
  CAF_CHECK_EQUAL(uut->list({"a", "", 1, true}).size(), 1u);
}

CAF_TEST(a snapshot wakes no retired file) {
  open();
  auto a = resolve(series("a"));
  uut->retire({a.file});
  CAF_REQUIRE(!uut->commit());
  open().remember({path_key("a")});
  CAF_CHECK_EQUAL(uut->index_text(), "");
  resolve(series("a"));
  CAF_CHECK_EQUAL(uut->index_text(), "a");
  CAF_CHECK(open().list({"a", "", 1, true})[0].alive);
}

CAF_TEST(what a snapshot knows is forgotten by the replay only) {
  open();
  auto a = resolve(series("a"));
  auto b = resolve(series("b"));
  uut->release({a.file, b.file});
  CAF_REQUIRE(!uut->commit());
  settings.in_snapshot = {path_key("b"), path_key("a")};
  open().remember(settings.in_snapshot);
  CAF_CHECK_EQUAL(names(), (strings{"a", "b"}));
  auto id = uut->find(path_key("a"));
  CAF_REQUIRE(id.has_value());
  uut->release({*id});
  CAF_REQUIRE(!uut->commit());
  settings.in_snapshot = {path_key("b")};
  open();
  CAF_CHECK_EQUAL(names(), strings{"b"});
  settings.in_snapshot = {};
  open();
  CAF_CHECK_EQUAL(names(), strings{});
}

CAF_TEST(a retired file is described when it comes back) {
  // Its shard, which has the last of its rows, may forget it before.
  open();
  auto a = resolve(series("a"));
  put_file("a", simple(), 1700000000);
  uut->retire({a.file});
  CAF_REQUIRE(!uut->commit());
  open().remember({path_key("a")});
  CAF_CHECK_EQUAL(resolve(series("a")).sealed_until, 1700000000);
}

CAF_TEST_FIXTURE_SCOPE_END()
