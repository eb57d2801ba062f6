#define CAF_SUITE series_list

#include "actors/catalog/series_list.hpp"
#include "tests/catalog/catalog_fixture.hpp"
#include "tests/test.hpp"

#include <malloc.h>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

using strings = std::vector<std::string>;

} // namespace

CAF_TEST(globs stand for whole names) {
  CAF_CHECK(name_matches_glob("*", ""));
  CAF_CHECK(name_matches_glob("a*c", "a/b/c"));
  CAF_CHECK(name_matches_glob("?b*", "ab"));
  CAF_CHECK(name_matches_glob("a**b?", "axbxbc"));
  CAF_CHECK(!name_matches_glob("a*c", "a/b/cd"));
  CAF_CHECK(!name_matches_glob("a", "ab"));
  CAF_CHECK(!name_matches_glob("A*", "ab"));
  CAF_CHECK(!name_matches_glob("?", ""));
  CAF_CHECK(!name_matches_glob("", "a"));
}

CAF_TEST(text is part of a name in either case) {
  CAF_CHECK(name_contains("plant/Hall", "HALL"));
  CAF_CHECK(name_contains("x", ""));
  CAF_CHECK(!name_contains("plant", "plants"));
}

CAF_TEST_FIXTURE_SCOPE(series_list_tests, catalog_fixture)

CAF_TEST(series are listed in the order of their names) {
  open();
  auto rrd = share(sources({"z", "c"}));
  // In bytes: ' ' < '-' < '.' < '/' < '0' < 'A' < 'a'; escaping must not show.
  resolve({series("a/d"), series("a b"), series("a-b"), labelled("a", 0, rrd),
           labelled("a", 1, rrd), series("a.b"), series("a0"), series("A")});
  CAF_CHECK_EQUAL(
    names(), (strings{"A", "a b", "a-b", "a.b", "a/c", "a/d", "a/z", "a0"}));
  CAF_MESSAGE("and new ones find their places");
  resolve({series("a/b"), series("0"), series("b")});
  CAF_CHECK_EQUAL(names(), (strings{"0", "A", "a b", "a-b", "a.b", "a/b", "a/c",
                                    "a/d", "a/z", "a0", "b"}));
}

CAF_TEST(a level of the tree has branches and series) {
  open();
  resolve({series("a/b/c"), series("a/b/d"), series("e"), series("e/f"),
           series("e/g/h"), series("e/g/i"), series("e f"), series("z/y/x")});
  auto level = [&](tree_query query) {
    strings result;
    for (auto& x : uut->level(query))
      result.push_back(x.path + ' ' + std::to_string(x.count)
                       + (x.series.name.empty() ? "" : " =")
                       + (x.series.name == x.path ? "=" : ""));
    return result;
  };
  CAF_CHECK_EQUAL(
    level({"", "", 100}),
    (strings{"a/b/ 2", "e 1 ==", "e f 1 ==", "e/ 3", "z/y/x 1 =="}));
  CAF_CHECK_EQUAL(level({"a/b/", "", 100}),
                  (strings{"a/b/c 1 ==", "a/b/d 1 =="}));
  CAF_CHECK_EQUAL(level({"e/", "", 100}), (strings{"e/f 1 ==", "e/g/ 2"}));
  CAF_CHECK_EQUAL(level({"x/", "", 100}), strings{});
  CAF_MESSAGE("page by page");
  CAF_CHECK_EQUAL(level({"", "", 1}), strings{"a/b/ 2"});
  CAF_CHECK_EQUAL(level({"", "a/b/", 1}), strings{"e 1 =="});
  CAF_CHECK_EQUAL(level({"", "e", 2}), (strings{"e f 1 ==", "e/ 3"}));
  CAF_CHECK_EQUAL(level({"", "e/", 2}), strings{"z/y/x 1 =="});
  CAF_CHECK_EQUAL(level({"", "z/y/x", 2}), strings{});
}

CAF_TEST(all words are parts of a name) {
  open();
  resolve({series("hall/1/temp"), series("hall/2/temp"), series("hall 2")});
  CAF_CHECK_EQUAL(names({"TEMP hall", "", 9, false}),
                  (strings{"hall/1/temp", "hall/2/temp"}));
  CAF_CHECK_EQUAL(names({" hall  2 ", "", 9, false}),
                  (strings{"hall 2", "hall/2/temp"}));
  CAF_CHECK_EQUAL(names({"hall x", "", 9, false}), strings{});
}

CAF_TEST(pages follow each other) {
  open();
  strings all;
  std::vector<new_series> xs;
  for (auto i = 100; i < 350; ++i)
    all.push_back("s " + std::to_string(i));
  for (auto& x : all)
    xs.insert(xs.begin(), series(x));
  resolve(xs);
  strings seen;
  for (series_query query{"", "", 60, false};;) {
    auto page = names(query);
    if (page.empty())
      break;
    CAF_CHECK_LESS_OR_EQUAL(page.size(), 60u);
    seen.insert(seen.end(), page.begin(), page.end());
    query.after = page.back();
  }
  CAF_CHECK_EQUAL(seen, all);
  CAF_MESSAGE("after need not be a name");
  CAF_CHECK_EQUAL(names({"", "s 3479", 10, false}),
                  (strings{"s 348", "s 349"}));
  CAF_CHECK_EQUAL(names({"", "", 0, false}), strings{});
}

CAF_TEST(a page is bounded) {
  open();
  std::vector<new_series> xs;
  for (auto i = 0; i < 10001; ++i)
    xs.push_back(series(std::to_string(i)));
  resolve(xs);
  CAF_CHECK_EQUAL(names({"", "", 0xffffffff, false}).size(), 10000u);
}

CAF_TEST(patterns choose) {
  open();
  resolve({series("plant/hall/temp"), series("plant/roof/temp"),
           series("Plant/hall/hum"), series("a*b")});
  CAF_CHECK_EQUAL(names({"HALL", "", 10, false}),
                  (strings{"Plant/hall/hum", "plant/hall/temp"}));
  CAF_CHECK_EQUAL(names({"*temp", "plant/hall/temp", 10, false}),
                  (strings{"plant/roof/temp"}));
  CAF_CHECK_EQUAL(names({"plant/*", "", 1, false}),
                  (strings{"plant/hall/temp"}));
  CAF_CHECK_EQUAL(names({"a*b", "", 10, true}), (strings{"a*b"}));
  CAF_CHECK_EQUAL(names({"plant", "", 10, true}), strings{});
}

CAF_TEST(a file is found by its path alone) {
  auto& engine = open();
  auto pair = share(sources({"in", "out"}));
  resolve({series("hall 1/temp"), labelled("load", 1, pair),
           labelled("load", 0, pair), series("a.rrd")});
  auto name = [&](const std::string& path) {
    auto x = engine.series_in(path);
    CAF_CHECK(!x || x->file == path);
    return x ? x->name : "";
  };
  CAF_CHECK_EQUAL(name("hall=201/temp.rrd"), "hall 1/temp");
  CAF_CHECK_EQUAL(name("load.rrd").substr(0, 5), "load/");
  CAF_CHECK_EQUAL(name("a=2Errd.rrd"), "a.rrd");
  for (auto x :
       {"", ".rrd", "hall 1/temp.rrd", "hall=201/temp", "hall=201.rrd",
        "load/in.rrd", "Load.rrd", "load.rrd.rrd", "load.RRD", "/load.rrd",
        "./load.rrd", "../rrd/load.rrd", "hall=201/../load.rrd",
        "hall=201//temp.rrd", "a.rrd", "index.txt", "index.txt.rrd"})
    CAF_CHECK_EQUAL(std::make_pair(x, name(x)),
                    std::make_pair(x, std::string{}));
  // A battery that is dead has a history; a name that is free has none.
  auto id = engine.series_in("hall=201/temp.rrd")->id;
  engine.retire({id});
  CAF_CHECK_EQUAL(name("hall=201/temp.rrd"), "hall 1/temp");
  engine.release({id});
  CAF_CHECK_EQUAL(name("hall=201/temp.rrd"), "");
}

CAF_TEST(a listed series says all) {
  auto& engine = open();
  auto x = series("hall 1/temp");
  x.topic = "sensors/hall 1";
  x.path = "temp";
  auto answer = resolve(x);
  auto list = engine.list({"", "", 1, false});
  CAF_REQUIRE_EQUAL(list.size(), 1u);
  auto& y = list[0];
  CAF_CHECK_EQUAL(y.name, "hall 1/temp");
  CAF_CHECK_EQUAL(y.file, "hall=201/temp.rrd");
  CAF_CHECK_EQUAL(y.source, "value");
  CAF_CHECK_EQUAL(y.index, 0u);
  CAF_CHECK_EQUAL(y.rule, "plant");
  CAF_CHECK_EQUAL(y.topic, "sensors/hall 1");
  CAF_CHECK_EQUAL(y.path, "temp");
  CAF_CHECK_EQUAL(y.id, answer.file);
  CAF_CHECK_EQUAL(y.shard, answer.shard);
  CAF_CHECK(y.alive);
}

CAF_TEST(retired series stay in lists and leave the index) {
  auto& engine = open();
  auto answers = resolve({series("a"), series("b"), series("c d")});
  CAF_CHECK_EQUAL(engine.index_text(), "a|b|c=20d");
  engine.retire({answers[1].file});
  CAF_CHECK_EQUAL(names(), (strings{"a", "b", "c d"}));
  CAF_CHECK(!engine.list({"b", "", 1, true})[0].alive);
  CAF_CHECK_EQUAL(engine.index_text(), "a|c=20d");
  resolve(series("b"));
  CAF_CHECK_EQUAL(engine.index_text(), "a|b|c=20d");
}

CAF_TEST(the index names each living file once) {
  auto& engine = open();
  auto two = sources({"value", "c"});
  resolve({labelled("m", 1, share(two)), labelled("m", 0, share(two)),
           series("z"), series("a")});
  CAF_CHECK_EQUAL(engine.index_text(), "a|m|z");
  CAF_CHECK(engine.index_stale());
  CAF_REQUIRE(engine.write_index());
  CAF_CHECK_EQUAL(read(directory + "/rrd/index.txt"), "a|m|z");
  CAF_CHECK(!engine.index_stale());
  CAF_MESSAGE("and a wrong one is put right at the start");
  write(directory + "/rrd/index.txt", "a|wrong");
  CAF_CHECK(open().index_stale());
  CAF_REQUIRE(uut->write_index());
  CAF_CHECK_EQUAL(read(directory + "/rrd/index.txt"), "a|m|z");
}

CAF_TEST(an idle series takes little memory) {
  auto& engine = open();
  auto definition = share(simple());
  auto used = [] {
    auto x = ::mallinfo2();
    return x.uordblks + x.hblkhd;
  };
  constexpr size_t count = 100000;
  auto before = used();
  for (size_t i = 0; i < count; i += 1000) {
    std::vector<new_series> xs;
    for (auto j = i; j < i + 1000; ++j) {
      // 40 bytes, made of the topic and a field as most rules do.
      auto number = std::to_string(100000 + j);
      auto x = series("site/building-" + number + "/floor/x/temperature",
                      definition);
      CAF_REQUIRE_EQUAL(x.name.size(), 40u);
      x.topic = x.name.substr(0, 28);
      x.path = "temperature";
      xs.push_back(std::move(x));
    }
    engine.resolve(xs, {});
    CAF_REQUIRE(!engine.commit());
  }
  engine.list({"", "", 1, false});
  auto each = (used() - before) / count;
  CAF_MESSAGE("bytes per series: " << each);
  CAF_CHECK_LESS_OR_EQUAL(each, 150u);
  CAF_CHECK_EQUAL(names({"*100077/*", "", 10, false}).size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
