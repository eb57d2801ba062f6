#define CAF_SUITE catalog

#include "actors/catalog/catalog.hpp"
#include "tests/catalog/catalog_fixture.hpp"
#include "tests/spawn_state.hpp"
#include "tests/test.hpp"

using namespace std::chrono_literals;
using namespace rrdflow;

namespace {

/// What the stand-ins for RRD_WRITERs go by.
struct stand_in {
  test::catalog_fixture store;
  std::shared_ptr<file_names> names;
  caf::strong_actor_ptr catalog;

  /// What they heard, in order.
  std::vector<std::string> said;

  /// What the DECODER asks for, and what it gets.
  std::vector<new_series> wanted;
  std::vector<resolution> answers;
};

/// Stands for an RRD_WRITER: says of each file what the test put down.
rrd_writer_actor::behavior_type writer(rrd_writer_actor::pointer, stand_in* x) {
  return {
    [](atom::write, std::vector<write_job>&) {
      return std::vector<write_outcome>{};
    },
    [](atom::marker, uint64_t n) { return n; },
    [](atom::read, read_request&) { return std::vector<fetch_result>{}; },
    [](atom::copy, file_id) { return file_copy{}; },
    [=](atom::describe, const std::vector<file_id>& ids)
      -> caf::result<std::vector<file_info>> {
      std::vector<file_info> infos;
      for (auto id : ids)
        infos.push_back(x->store.describe(std::string{x->names->path(id)}));
      if (x->names->path(ids[0]) == "failing")
        return fail(ec::rrd_failed, "no answer");
      return infos;
    },
    [](atom::remove, const std::vector<file_id>&) { return caf::ok_atom_v; },
    [=](atom::reshape, const reshape_job& job) {
      std::string path{x->names->path(job.file)};
      x->said.push_back(std::string{job.existing ? "reshape " : "wish "} + path
                        + (job.definition ? "" : " nothing"));
      if (!job.existing)
        return reshape_outcome{};
      auto& info = x->store.infos[path];
      info.definition = job.definition;
      return reshape_outcome{true, ""};
    },
    [=](atom::subscribe, const caf::strong_actor_ptr& y) { x->catalog = y; },
  };
}

/// Stands for a CACHE_SHARD.
cache_shard_actor::behavior_type
shard(cache_shard_actor::pointer, stand_in* x) {
  return {
    [](atom::why, const std::vector<uint32_t>&) {
      return std::vector<unstored>{};
    },
    [](atom::open, const std::vector<file_binding>&) {},
    [](atom::name_rules, const std::vector<std::string>&) {},
    [](atom::due, int64_t) {},
    [](atom::put, const sample_batch&) -> uint64_t { return 0; },
    [](atom::second, int64_t, position) {},
    [](atom::marker, uint64_t, position, const caf::strong_actor_ptr&) {},
    [](atom::flush, uint64_t, const std::vector<file_id>&) {},
    [](atom::retire, const std::vector<file_id>&, int64_t) {},
    [=](atom::release, const std::vector<file_id>& files, bool remove) {
      for (auto id : files)
        x->said.push_back("let go of " + std::string{x->names->path(id)}
                          + (remove ? " and delete" : ""));
      return request_outcome{};
    },
    [](atom::synced, position) {},
    [](atom::caught_up) { return caf::ok_atom_v; },
    [](atom::idle, int64_t) { return std::vector<uint32_t>{}; },
    [](atom::read, read_request&) { return std::vector<fetch_result>{}; },
    [](atom::last, const std::vector<uint32_t>&) {
      return std::vector<last_value>{};
    },
    [](atom::work) {},
  };
}

journal_keeper_actor::behavior_type
keeper(journal_keeper_actor::pointer, stand_in* x) {
  return {
    [](atom::append, replay_request) { return request_outcome{}; },
    [](atom::tick) {},
    [](atom::covered, position) {},
    [](atom::last) -> position { return 0; },
    [](atom::append, const rules_request&) { return request_outcome{}; },
    [](atom::append, const flush_request&) { return request_outcome{}; },
    [](atom::append, const retire_request&) { return request_outcome{}; },
    [=](atom::append, const forget_request& y) {
      auto request = to_reshape(y.pattern);
      x->said.push_back(request ? "asked for " + request->path : "forget");
      return request_outcome{};
    },
    [](atom::done, uint64_t, uint32_t, const request_outcome&) {},
    [](atom::subscribe, const std::vector<cache_shard_actor>&) {},
  };
}

/// Stands for the DECODER: asks for what it is told to resolve.
decoder_actor::behavior_type decoder(decoder_actor::pointer self, stand_in* x) {
  return {
    [](atom::describe, const std::vector<series_info>&) {
      return std::vector<new_series>{};
    },
    [](atom::why, const std::vector<std::string>&) {
      return std::vector<unstored>{};
    },
    [=](atom::more) {
      self
        ->request(caf::actor_cast<catalog_actor>(x->catalog), caf::infinite,
                  atom::resolve_v, x->wanted)
        .then([=](std::vector<resolution>& ys) { x->answers = std::move(ys); });
    },
    [](atom::tick) {},
    [](atom::marker, uint64_t n) { return n; },
    [](atom::caught_up) { return caf::ok_atom_v; },
    [=](atom::dead) {
      x->said.emplace_back("decoder answers");
      return std::vector<dead_message>{};
    },
    [](atom::work) {},
  };
}

struct fixture : test::fixture {
  fixture() {
    store.settings.shard_count = 2;
    store.put_file("old", test::simple(60), 1700000000);
    store.put_file("failing", test::simple(60), 1700000000);
    auto engine = catalog_engine::open(store.settings);
    // The files are there, but the catalog has not heard of them.
    engine->release({0, 1});
    CAF_REQUIRE(!engine->commit());
    engine->take_notes();
    x.names = engine->names();
    for (auto i = 0; i < 2; ++i)
      writers.push_back(sys.spawn(writer, &x));
    std::vector<cache_shard_actor> shards;
    for (auto i = 0; i < 2; ++i)
      shards.push_back(sys.spawn(shard, &x));
    aut = test::spawn_state<catalog_state>(sys, std::move(*engine), writers,
                                           shards, sys.spawn(keeper, &x));
    dec = sys.spawn(decoder, &x);
    sched.run();
  }

  ~fixture() override {
    self->send_exit(aut, caf::exit_reason::user_shutdown);
    sched.run();
    x.catalog = nullptr;
  }

  /// The DECODER resolves a series.
  resolution decode(new_series y) {
    x.said.clear();
    x.wanted = {std::move(y)};
    self->send(dec, atom::more_v);
    sched.run();
    CAF_REQUIRE_EQUAL(x.answers.size(), 1u);
    return x.answers[0];
  }

  template <class T, class... Ts>
  T ask(Ts&&... xs) {
    auto hdl = self->request(aut, caf::infinite, std::forward<Ts>(xs)...);
    sched.run();
    T result{};
    hdl.receive([&](T& y) { result = std::move(y); },
                [&](caf::error& err) { CAF_FAIL(explain(err)); });
    return result;
  }

  std::vector<resolution> resolve(std::vector<new_series> xs) {
    return ask<std::vector<resolution>>(atom::resolve_v, std::move(xs));
  }

  std::string index() {
    return store.read(store.directory + "/rrd/index.txt");
  }

  void tick() {
    advance_time(1s);
    sched.run();
  }

  stand_in x;
  test::catalog_fixture& store = x.store;
  std::vector<rrd_writer_actor> writers;
  catalog_actor aut;
  decoder_actor dec;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(catalog_tests, fixture)

CAF_TEST(new series are answered for once they are on disk) {
  auto answers = resolve({test::series("a"), test::series("b")});
  CAF_REQUIRE_EQUAL(answers.size(), 2u);
  CAF_CHECK_EQUAL(answers[1].refused, refusal::none);
  auto copy = catalog_engine::open(store.settings);
  CAF_REQUIRE(copy);
  CAF_CHECK_EQUAL(copy->list({"", "", 10, false}).size(), 2u);
}

CAF_TEST(the owner of a file that exists is asked) {
  auto shard = path_key("old") % 2;
  auto hdl = self->request(aut, caf::infinite, atom::resolve_v,
                           std::vector<new_series>{test::series("old"),
                                                   test::series("n")});
  expect((atom::resolve, std::vector<new_series>), from(self).to(aut));
  expect((atom::describe, std::vector<file_id>), from(aut).to(writers[shard]));
  expect((std::vector<file_info>), from(writers[shard]).to(aut));
  std::vector<resolution> answers;
  hdl.receive([&](std::vector<resolution>& xs) { answers = std::move(xs); },
              [&](caf::error& err) { CAF_FAIL(explain(err)); });
  CAF_REQUIRE_EQUAL(answers.size(), 2u);
  CAF_CHECK_EQUAL(answers[0].sealed_until, 1700000000);
  CAF_CHECK_EQUAL(answers[0].definition->step, 60);
  CAF_CHECK_EQUAL(answers[0].shard, shard);
  CAF_CHECK_EQUAL(answers[1].sealed_until, 0);
}

CAF_TEST(requests are answered in their order) {
  auto first = self->request(aut, caf::infinite, atom::resolve_v,
                             std::vector<new_series>{test::series("old")});
  auto other = test::series("old");
  other.topic = "other";
  auto second = self->request(aut, caf::infinite, atom::resolve_v,
                              std::vector<new_series>{other});
  sched.run();
  auto check = [&](auto& hdl, refusal expected) {
    hdl.receive(
      [&](const std::vector<resolution>& xs) {
        CAF_CHECK_EQUAL(xs[0].refused, expected);
      },
      [&](caf::error& err) { CAF_FAIL(explain(err)); });
  };
  check(first, refusal::none);
  check(second, refusal::collision);
}

CAF_TEST(a writer that fails fails that request alone) {
  auto hdl = self->request(aut, caf::infinite, atom::resolve_v,
                           std::vector<new_series>{test::series("failing")});
  auto next = self->request(aut, caf::infinite, atom::resolve_v,
                            std::vector<new_series>{test::series("old")});
  sched.run();
  hdl.receive([](const std::vector<resolution>&) { CAF_FAIL("answered"); },
              [](caf::error& err) { CAF_CHECK_EQUAL(err, ec::rrd_failed); });
  next.receive(
    [](const std::vector<resolution>& xs) { CAF_CHECK_EQUAL(xs.size(), 1u); },
    [&](caf::error& err) { CAF_FAIL(explain(err)); });
}

CAF_TEST(answers wait for room on the disk) {
  auto limit = std::make_unique<test::file_size_limit>(
    std::filesystem::file_size(store.directory + "/catalog"));
  auto hdl = self->request(aut, caf::infinite, atom::resolve_v,
                           std::vector<new_series>{test::series("a")});
  tick();
  tick();
  CAF_CHECK(!self->has_next_message());
  limit.reset();
  tick();
  hdl.receive(
    [&](const std::vector<resolution>& xs) {
      CAF_CHECK_EQUAL(xs[0].refused, refusal::none);
    },
    [&](caf::error& err) { CAF_FAIL(explain(err)); });
  auto copy = catalog_engine::open(store.settings);
  CAF_CHECK_EQUAL(copy->list({"", "", 9, false}).size(), 1u);
}

CAF_TEST(the index is written after changes and once a second at most) {
  CAF_CHECK_EQUAL(index(), "");
  resolve({test::series("a")});
  CAF_CHECK_EQUAL(index(), "");
  tick();
  CAF_CHECK_EQUAL(index(), "a");
  resolve({test::series("b")});
  auto id = resolve({test::series("c")})[0].file;
  CAF_CHECK_EQUAL(index(), "a");
  tick();
  CAF_CHECK_EQUAL(index(), "a|b|c");
  self->send(aut, atom::retire_v, std::vector<file_id>{id});
  tick();
  CAF_CHECK_EQUAL(index(), "a|b");
  CAF_MESSAGE("without a change it is left alone");
  store.write(store.directory + "/rrd/index.txt", "touched");
  tick();
  CAF_CHECK_EQUAL(index(), "touched");
}

CAF_TEST(retired series are on disk with the next tick) {
  auto id = resolve({test::series("a")})[0].file;
  self->send(aut, atom::retire_v, std::vector<file_id>{id});
  tick();
  auto copy = catalog_engine::open(store.settings);
  CAF_REQUIRE(copy);
  CAF_CHECK(!copy->list({"a", "", 1, true})[0].alive);
}

CAF_TEST(forgotten series are free) {
  resolve({test::series("a/x"), test::series("b")});
  auto found = ask<std::vector<series_info>>(atom::forget_v, std::string{"a*"});
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  ask<caf::ok_atom>(atom::release_v, std::vector<file_id>{found[0].id});
  auto list = ask<std::vector<series_info>>(atom::list_v,
                                            series_query{"", "", 9, false});
  CAF_REQUIRE_EQUAL(list.size(), 1u);
  CAF_CHECK_EQUAL(list[0].name, "b");
  auto copy = catalog_engine::open(store.settings);
  CAF_CHECK_EQUAL(copy->list({"", "", 9, false}).size(), 1u);
}

CAF_TEST(series and files are counted) {
  resolve({test::series("a"), test::series("old")});
  CAF_CHECK_EQUAL(store.registry.sum("series"), 2);
  CAF_CHECK_EQUAL(store.registry.sum("files"), 2);
  CAF_CHECK_EQUAL(store.registry.sum("files_differ"), 1);
}

CAF_TEST(a shard lets go of a file whose layout changed) {
  using strings = std::vector<std::string>;
  CAF_CHECK_EQUAL(decode(test::series("old")).definition->step, 60);
  CAF_CHECK_EQUAL(x.said, strings{"wish old"});
  CAF_MESSAGE("once all is on its way that was decoded before");
  store.put_file("old", test::simple(30), 1700000060);
  auto answer = decode(test::series("old"));
  CAF_CHECK_EQUAL(x.said, (strings{"decoder answers", "let go of old"}));
  CAF_CHECK_EQUAL(answer.definition->step, 30);
  CAF_CHECK_EQUAL(answer.sealed_until, 1700000060);
  CAF_MESSAGE("and writes what waits into a file as the rules say now");
  std::filesystem::remove(store.rrd("old"));
  store.infos.erase("old");
  answer = decode(test::series("old"));
  CAF_CHECK_EQUAL(x.said, (strings{"wish old", "decoder answers",
                                   "let go of old", "wish old nothing"}));
  CAF_CHECK_EQUAL(answer.definition->step, 10);
}

CAF_TEST(a file gets its shape at one place of the stream) {
  using strings = std::vector<std::string>;
  auto id = decode(test::series("old")).file;
  x.said.clear();
  auto differing
    = ask<std::vector<differing_file>>(atom::reshape_v, std::string{"o*"});
  CAF_REQUIRE_EQUAL(differing.size(), 1u);
  auto pattern = to_forget({"old", true}).pattern;
  auto found = ask<std::vector<series_info>>(atom::forget_v, pattern);
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].id, id);
  CAF_CHECK(x.said.empty());
  ask<caf::ok_atom>(atom::release_v, std::vector<file_id>{id});
  CAF_CHECK_EQUAL(x.said, (strings{"reshape old", "wish old nothing"}));
  CAF_MESSAGE("its name stays");
  CAF_CHECK_EQUAL(ask<series_info>(atom::find_v, std::string{"old.rrd"}).step,
                  10);
  CAF_CHECK_EQUAL(decode(test::series("old")).definition->step, 10);
  CAF_MESSAGE("and once more there is nothing to do");
  CAF_CHECK(ask<std::vector<series_info>>(atom::forget_v, pattern).empty());
  CAF_CHECK(x.said.empty());
}

CAF_TEST(other archives need no change of rows) {
  auto own = test::simple();
  own.archives[0].rows = 7;
  store.put_file("n", own, 1700000000);
  auto id = decode(test::series("n")).file;
  auto pattern = to_forget({"n", true}).pattern;
  CAF_CHECK(ask<std::vector<series_info>>(atom::forget_v, pattern).empty());
  CAF_CHECK_EQUAL(x.said.at(1), "reshape n");
  CAF_CHECK_EQUAL(store.infos["n"].definition->archives[0].rows, 100u);
  CAF_MESSAGE("a forget of the file comes through afterwards");
  ask<caf::ok_atom>(atom::release_v, std::vector<file_id>{id});
  CAF_CHECK(
    ask<std::vector<series_info>>(atom::forget_v, std::string{"n"}).empty());
}

CAF_TEST(a writer that meets another file has it taken in) {
  using strings = std::vector<std::string>;
  auto id = decode(test::series("old")).file;
  x.said.clear();
  store.put_file("old", test::simple(30), 1700000000);
  self->send(aut, atom::changed_v, id);
  sched.run();
  CAF_CHECK_EQUAL(x.said, strings{"asked for old"});
  auto pattern = to_forget({"old", false}).pattern;
  CAF_CHECK_EQUAL(ask<std::vector<series_info>>(atom::forget_v, pattern).size(),
                  1u);
  ask<caf::ok_atom>(atom::release_v, std::vector<file_id>{id});
  CAF_CHECK_EQUAL(x.said, strings{"asked for old"});
  CAF_CHECK_EQUAL(decode(test::series("old")).definition->step, 30);
}

CAF_TEST_FIXTURE_SCOPE_END()
