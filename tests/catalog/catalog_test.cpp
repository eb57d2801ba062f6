#define CAF_SUITE catalog

#include "actors/catalog/catalog.hpp"
#include "tests/catalog/catalog_fixture.hpp"
#include "tests/test.hpp"

using namespace std::chrono_literals;
using namespace rrdflow;

namespace {

/// What the stand-ins for RRD_WRITERs go by.
struct stand_in {
  test::catalog_fixture store;
  std::shared_ptr<file_names> names;

  /// Do not answer before somebody asks for stats.
  bool hold = false;
  std::function<void()> answer;
};

/// Stands for an RRD_WRITER: says of each file what the test put down.
rrd_writer_actor::behavior_type
writer(rrd_writer_actor::pointer self, stand_in* x) {
  return {
    [](atom::write, std::vector<write_job>&) {
      return std::vector<write_outcome>{};
    },
    [](atom::marker, uint64_t n) { return n; },
    [](atom::read, read_job&) { return fetch_result{}; },
    [](atom::copy, file_id) { return file_copy{}; },
    [=](atom::describe, const std::vector<file_id>& ids) {
      auto promise = self->make_response_promise<std::vector<file_info>>();
      std::vector<file_info> infos;
      for (auto id : ids)
        infos.push_back(x->store.describe(std::string{x->names->path(id)}));
      x->answer = [=]() mutable {
        if (x->names->path(ids[0]) == "failing")
          promise.deliver(fail(ec::rrd_failed, "no answer"));
        else
          promise.deliver(infos);
      };
      auto result = promise;
      if (!x->hold)
        x->answer();
      return result;
    },
    [](atom::remove, const std::vector<file_id>&) { return caf::ok_atom_v; },
    [=](atom::stats) {
      if (x->hold)
        x->answer();
      return metrics{};
    },
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
    aut = sys.spawn(catalog, std::move(*engine), writers);
    sched.run();
  }

  ~fixture() override {
    self->send_exit(aut, caf::exit_reason::user_shutdown);
    sched.run();
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

CAF_TEST(too many requests are refused) {
  CAF_MESSAGE("GIVEN a writer that does not answer yet");
  x.hold = true;
  auto ask_again = [&] {
    return self->request(aut, caf::infinite, atom::resolve_v,
                         std::vector<new_series>{test::series("old")});
  };
  std::vector<decltype(ask_again())> asked;
  for (auto i = 0; i < 65; ++i)
    asked.push_back(ask_again());
  sched.run();
  self->request(writers[path_key("old") % 2], caf::infinite, atom::stats_v);
  sched.run();
  auto refused = 0;
  for (auto& hdl : asked)
    hdl.receive([](const std::vector<resolution>&) {},
                [&](caf::error&) { ++refused; });
  CAF_CHECK_EQUAL(refused, 1);
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

CAF_TEST(stats count series and files) {
  resolve({test::series("a"), test::series("old")});
  auto stats = ask<metrics>(atom::stats_v);
  CAF_REQUIRE_EQUAL(stats.size(), 3u);
  CAF_CHECK_EQUAL(stats[0].name, "series");
  CAF_CHECK_EQUAL(stats[0].value, 2);
  CAF_CHECK_EQUAL(stats[1].name, "files");
  CAF_CHECK_EQUAL(stats[1].value, 2);
  CAF_CHECK_EQUAL(stats[2].name, "files_differ");
  CAF_CHECK_EQUAL(stats[2].value, 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
