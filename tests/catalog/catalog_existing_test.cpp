#define CAF_SUITE catalog_existing

// Files that exist: made by rrdtool, described by what rrdtool says of them.

#include "tests/catalog/catalog_fixture.hpp"
#include "tests/test.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstring>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

std::string output_of(const std::string& command) {
  std::string result;
  auto* in = ::popen(command.c_str(), "r");
  char buf[4096];
  while (auto n = std::fread(buf, 1, sizeof(buf), in))
    result.append(buf, n);
  ::pclose(in);
  return result;
}

/// The value behind "key = " in what `rrdtool info` says.
std::string value_of(const std::string& info, const std::string& key) {
  auto i = info.find("\n" + key + " = ");
  if (i == info.npos)
    return "";
  i += key.size() + 4;
  auto result = info.substr(i, info.find('\n', i) - i);
  if (!result.empty() && result[0] == '"')
    result = result.substr(1, result.size() - 2);
  return result;
}

source_type type_of(const std::string& name) {
  for (auto x : {source_type::counter, source_type::derive,
                 source_type::absolute, source_type::dcounter})
    if (name == to_string(x))
      return x;
  return source_type::gauge;
}

struct existing_fixture : catalog_fixture {
  void create(const std::string& path, const std::string& arguments) {
    std::filesystem::create_directories(
      std::filesystem::path{rrd(path)}.parent_path());
    auto rc = std::system(
      ("rrdtool create '" + rrd(path) + "' --start 1700000000 " + arguments)
        .c_str());
    CAF_REQUIRE_EQUAL(rc, 0);
    auto info = output_of("rrdtool info '" + rrd(path) + "'");
    auto x = simple(std::stoll(value_of(info, "step")));
    x.sources.clear();
    x.archives.clear();
    // The order of the sources is their index.
    for (auto i = 0; i < 3; ++i)
      for (auto name : {"value", "in", "out", "extra"}) {
        auto key = "ds[" + std::string{name} + "].";
        if (value_of(info, key + "index") != std::to_string(i))
          continue;
        source_definition s;
        s.name = name;
        s.type = type_of(value_of(info, key + "type"));
        s.heartbeat = std::stoll(value_of(info, key + "minimal_heartbeat"));
        x.sources.push_back(s);
      }
    for (auto i = 0;; ++i) {
      auto key = "rra[" + std::to_string(i) + "].";
      if (value_of(info, key + "rows").empty())
        break;
      archive_definition a;
      a.rows = static_cast<uint32_t>(std::stoul(value_of(info, key + "rows")));
      a.steps = static_cast<uint32_t>(
        std::stoul(value_of(info, key + "pdp_per_row")));
      a.xff = std::stod(value_of(info, key + "xff"));
      x.archives.push_back(a);
    }
    infos[path]
      = {true, "", false, std::stoll(value_of(info, "last_update")), share(x)};
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(catalog_existing_tests, existing_fixture)

CAF_TEST(a file like the rule wants it is taken over) {
  open();
  create("a", "--step 10 DS:value:GAUGE:20:U:U RRA:AVERAGE:0.5:1:100");
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
  create("a", "--step 60 DS:value:GAUGE:600:0:1 RRA:AVERAGE:0.25:1:50 "
              "RRA:AVERAGE:0.5:5:20");
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
  create("net", "--step 10 DS:extra:GAUGE:20:U:U DS:out:COUNTER:20:U:U "
                "DS:in:GAUGE:20:U:U RRA:AVERAGE:0.5:1:100");
  auto x = simple();
  x.sources.resize(3);
  x.sources[0].name = "in";
  x.sources[1].name = "out";
  x.sources[2].name = "value";
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
  create("a", "--step 10 DS:in:GAUGE:20:U:U RRA:AVERAGE:0.5:1:100");
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
  infos["folder"] = {true, "folder.rrd: is a directory\n", false, 0, nullptr};
  auto x = resolve(series("folder"));
  CAF_CHECK_EQUAL(x.refused, refusal::file);
  CAF_CHECK_EQUAL(x.reason, "folder.rrd: is a directory\\x0a");
  std::filesystem::create_symlink("/nowhere", rrd("link"));
  infos["link"] = {true, "link.rrd: is a link", false, 0, nullptr};
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
  create("a", "--step 10 DS:value:GAUGE:20:U:U RRA:AVERAGE:0.5:1:100");
  auto a = resolve(series("a"));
  uut->retire({a.file});
  infos["a"].last_update = 1700009990;
  auto b = resolve(series("a"));
  CAF_CHECK_EQUAL(b.file, a.file);
  CAF_CHECK_EQUAL(b.sealed_until, 1700009990);
}

CAF_TEST(a file whose state was lost is asked for its last update) {
  open();
  create("a", "--step 10 DS:value:GAUGE:20:U:U RRA:AVERAGE:0.5:1:100");
  create("b", "--step 10 DS:value:GAUGE:20:U:U RRA:AVERAGE:0.5:1:100");
  resolve({series("a"), series("b")});
  open().remember({path_key("b"), path_key("other")});
  auto answers = resolve({series("a"), series("b")});
  CAF_CHECK_EQUAL(described, std::vector<std::string>{"a"});
  CAF_CHECK_EQUAL(answers[0].sealed_until, 1700000000);
  CAF_CHECK_EQUAL(answers[1].sealed_until, 0);
}

CAF_TEST(a file deleted by hand follows the rule again) {
  open();
  create("a", "--step 60 DS:value:GAUGE:120:U:U RRA:AVERAGE:0.5:1:50");
  CAF_CHECK_EQUAL(resolve(series("a")).definition->step, 60);
  std::filesystem::remove(rrd("a"));
  infos.clear();
  open();
  CAF_CHECK_EQUAL(resolve(series("a")).definition->step, 10);
  CAF_CHECK_EQUAL(metric("files_differ"), 0);
}

CAF_TEST(a file released while it is described is described again) {
  auto& engine = open();
  create("a", "--step 10 DS:value:GAUGE:20:U:U RRA:AVERAGE:0.5:1:100");
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
