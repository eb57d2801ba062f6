#define CAF_SUITE file_reshape

// Files that get another shape, or had one all along that nobody knew of.

#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

using files = std::vector<file_id>;

definition_ptr with_rows(uint32_t fine, uint32_t coarse) {
  return make_definition({make_source("value")}, 10,
                         {{consolidation::average, 0.5, 1, fine},
                          {consolidation::max, 0.5, 6, coarse}});
}

struct reshape_fixture : store_fixture {
  reshape_fixture()
    : store_fixture{::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"} {
    // nop
  }

  reshape_outcome reshape(const std::string& path, definition_ptr shape) {
    auto result = engine->reshape({id(path), std::move(shape), true});
    if (!result)
      CAF_FAIL(explain(result.error()));
    return *result;
  }

  /// The first average behind `from`.
  double first(const std::string& path, int64_t from, int64_t to) {
    return read(path, from, to).values.front();
  }

  rollback_result back(uint64_t from) {
    auto result = rollback(store, from);
    if (!result)
      CAF_FAIL(explain(result.error()));
    return std::move(*result);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(file_reshape_tests, reshape_fixture)

CAF_TEST(a file gets another shape and goes on) {
  write("p/a", rows(t0, {1, 2, 3}));
  std::filesystem::permissions(file("p/a"), std::filesystem::perms{0604});
  auto shape = make_definition({make_source("value"), make_source("b")}, 20);
  auto outcome = reshape("p/a", shape);
  CAF_CHECK(outcome.changed);
  CAF_CHECK_EQUAL(outcome.error, "");
  CAF_CHECK(same_shape(header_of(file("p/a")).definition, *shape));
  CAF_CHECK(std::filesystem::status(file("p/a")).permissions()
            == std::filesystem::perms{0604});
  CAF_CHECK(std::filesystem::is_empty(store + "/rrd/.new"));
  CAF_MESSAGE("rows that were made for the old one still fit");
  CAF_CHECK_EQUAL(write("p/a", rows(t0 + 30, {4, 5})).written, 2u);
  CAF_CHECK_EQUAL(first("p/a", t0, t0 + 20), 2.5);
  CAF_CHECK_EQUAL(first("p/a", t0 + 20, t0 + 40), 4.5);
  CAF_MESSAGE("once more there is nothing to do");
  auto before = header_of(file("p/a")).bytes;
  CAF_CHECK(!reshape("p/a", shape).changed);
  CAF_CHECK(header_of(file("p/a")).bytes == before);
}

CAF_TEST(a file that cannot get another shape keeps its own) {
  auto shape = with_rows(7, 7);
  CAF_CHECK(!reshape("gone", shape).changed);
  CAF_CHECK_EQUAL(reshape("gone", shape).error, "");
  write("a", rows(t0, {1}));
  auto before = slurp(file("a"));
  settings.disk_reserve = UINT64_MAX / 2;
  restart();
  CAF_CHECK_EQUAL(reshape("a", shape).error,
                  "a.rrd keeps its shape: less than limits.disk_reserve is "
                  "free");
  settings.disk_reserve = 0;
  restart();
  engine->marker(1);
  std::filesystem::create_directory(undo_name(store, 1, 0));
  CAF_CHECK(!reshape("a", shape).error.empty());
  CAF_CHECK(slurp(file("a")) == before);
  CAF_CHECK(std::filesystem::is_empty(store + "/rrd/.new"));
  spill(file("b"), "no rrd");
  CAF_CHECK_EQUAL(reshape("b", shape).error,
                  "b.rrd keeps its shape: too short for a header");
}

CAF_TEST(a start goes back to the move and never behind) {
  write("a", rows(t0, {1, 2}));
  engine->marker(1);
  write("a", rows(t0 + 20, {3}));
  reshape("a", with_rows(40, 7));
  auto moved = header_of(file("a")).bytes;
  CAF_MESSAGE("nothing was written since");
  auto x = back(1);
  CAF_CHECK(x.left_alone.empty());
  CAF_CHECK(header_of(file("a")).bytes == moved);
  CAF_MESSAGE("rows were written since, behind another marker too");
  write("a", rows(t0 + 30, {4}));
  engine->marker(2);
  auto at2 = header_of(file("a")).bytes;
  write("a", rows(t0 + 40, {5}));
  CAF_CHECK(back(2).left_alone.empty());
  CAF_CHECK(header_of(file("a")).bytes == at2);
  CAF_CHECK(back(1).left_alone.empty());
  CAF_CHECK(header_of(file("a")).bytes == moved);
  CAF_MESSAGE("the rows since the marker come once more");
  CAF_CHECK_EQUAL(write("a", rows(t0 + 20, {3, 4, 5})).past, 1u);
  CAF_CHECK_EQUAL(first("a", t0 + 30, t0 + 40), 5);
}

CAF_TEST(a move that was not made leaves the old file as ever) {
  write("a", rows(t0, {1, 2}));
  engine->marker(1);
  auto at1 = header_of(file("a")).bytes;
  write("a", rows(t0 + 20, {3}));
  settings.marker = 1;
  settings.at_step = [](write_step x) {
    if (x == write_step::logged)
      throw std::runtime_error("killed");
  };
  restart();
  auto killed = false;
  try {
    reshape("a", with_rows(40, 7));
  } catch (const std::runtime_error&) {
    killed = true;
  }
  CAF_CHECK(killed);
  auto x = back(1);
  CAF_CHECK(x.left_alone.empty());
  CAF_CHECK_EQUAL(x.headers, 1u);
  CAF_CHECK(header_of(file("a")).bytes == at1);
}

CAF_TEST(a file that is gone gets the shape that it should have had) {
  auto old = one_gauge();
  auto shape = make_definition({make_source("value"), make_source("b")}, 60);
  CAF_REQUIRE(engine->reshape({id("a"), shape, false}));
  write("a", rows(t0 + 10, {1, 2, 3, 4, 5, 6, 7}), old);
  CAF_CHECK(same_shape(header_of(file("a")).definition, *shape));
  CAF_CHECK_EQUAL(first("a", t0, t0 + 60), 3.5);
  CAF_MESSAGE("and that is told once");
  CAF_CHECK_EQUAL(engine->take_changed(), files{id("a")});
  write("a", rows(t0 + 80, {8}), old);
  CAF_CHECK(engine->take_changed().empty());
  CAF_MESSAGE("until it shall be as its rows are");
  CAF_REQUIRE(engine->reshape({id("a"), nullptr, false}));
  std::filesystem::remove(file("a"));
  write("a", rows(t0 + 90, {9}), old);
  CAF_CHECK(same_shape(header_of(file("a")).definition, *old));
  CAF_CHECK(engine->take_changed().empty());
}

CAF_TEST(each change by another program is told once) {
  write("a", rows(t0, {1}));
  CAF_CHECK(engine->take_changed().empty());
  rrdflow::test::run("rrdtool tune " + file("a") + " --maximum value:7");
  write("a", rows(t0 + 10, {1}));
  CAF_CHECK(engine->take_changed().empty());
  for (auto i = 0; i < 2; ++i) {
    rrdflow::test::run("rrdtool tune " + file("a") + " DS:more"
                       + std::to_string(i) + ":GAUGE:20:U:U");
    write("a", rows(t0 + 20 + i * 20, {1}));
    CAF_CHECK_EQUAL(engine->take_changed(), files{id("a")});
    write("a", rows(t0 + 30 + i * 20, {1}));
    CAF_CHECK(engine->take_changed().empty());
  }
}

CAF_TEST(a limit that is not asked for stays as somebody set it) {
  write("a", rows(t0, {1}));
  rrdflow::test::run("rrdtool tune " + file("a")
                     + " --maximum value:7 --minimum value:-7");
  write("a", rows(t0 + 10, {3, 9, 4}));
  auto tuned = header_of(file("a")).definition.sources[0];
  CAF_CHECK_EQUAL(tuned.max, 7);
  CAF_CHECK_EQUAL(tuned.min, -7);
  CAF_CHECK(std::isnan(first("a", t0 + 10, t0 + 20)));
  CAF_MESSAGE("one that is asked for counts");
  auto source = make_source("value");
  source.max = 50;
  write("a", rows(t0 + 40, {1}), make_definition({source}));
  tuned = header_of(file("a")).definition.sources[0];
  CAF_CHECK_EQUAL(tuned.max, 50);
  CAF_CHECK_EQUAL(tuned.min, -7);
  CAF_MESSAGE("and so does none");
  source.max = std::numeric_limits<double>::infinity();
  write("a", rows(t0 + 50, {1}), make_definition({source}));
  CAF_CHECK(std::isnan(header_of(file("a")).definition.sources[0].max));
  source.min = -source.max;
  write("new", rows(t0, {1}), make_definition({source}));
  CAF_CHECK(std::isnan(header_of(file("new")).definition.sources[0].min));
}

CAF_TEST(a writer that is killed while it gives shapes loses no row) {
  auto shapes = {with_rows(500, 200), with_rows(800, 300)};
  store_fixture witness{"/tmp"};
  std::mt19937 random{3};
  auto row
    = [](int64_t i) { return rows(t0 + i * 10, {static_cast<double>(i)}); };
  id("f");
  int64_t at = 0;
  uint64_t marker = 0;
  for (auto round = 0; round < 120; ++round) {
    settings.marker = marker;
    auto child = ::fork();
    if (child == 0) {
      restart();
      for (auto i = at + 1;; ++i) {
        write("f", row(i), *shapes.begin());
        if (i % 3 == 0)
          reshape("f", *(shapes.begin() + i / 3 % 2));
      }
    }
    ::usleep(2000 + static_cast<useconds_t>(random() % 8000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    auto reached = at;
    if (auto header = header_of(file("f")))
      reached = std::max(reached, (header.last_update - t0) / 10);
    auto x = back(marker);
    CAF_REQUIRE(x.left_alone.empty());
    CAF_REQUIRE(!sweep_new_files(store));
    restart();
    for (auto i = at + 1; i <= reached + 1; ++i) {
      CAF_REQUIRE(write("f", row(i), *shapes.begin()).status
                  == write_status::done);
      witness.write("f", row(i), *shapes.begin());
    }
    at = reached + 1;
    for (auto function : {consolidation::average, consolidation::max}) {
      read_request request;
      request.to = t0 + at * 10;
      request.from = std::max(t0, request.to - 4900);
      request.functions = {function};
      request.file = id("f");
      auto found = engine->read(request);
      request.file = witness.id("f");
      auto expected = witness.engine->read(request);
      CAF_REQUIRE(found && expected);
      auto& xs = found->front().values;
      auto& ys = expected->front().values;
      CAF_REQUIRE(std::equal(
        xs.begin(), xs.end(), ys.begin(), ys.end(), [](double p, double q) {
          return p == q || (std::isnan(p) && std::isnan(q));
        }));
    }
    ++marker;
    CAF_REQUIRE(!drop_undo_logs(store, marker));
  }
  CAF_MESSAGE(at << " rows");
  CAF_CHECK(at > 500);
}

CAF_TEST_FIXTURE_SCOPE_END()
