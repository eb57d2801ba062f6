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
    aut = test::spawn_state<catalog_state>(sys, std::move(*engine), writers);
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

CAF_TEST_FIXTURE_SCOPE_END()
