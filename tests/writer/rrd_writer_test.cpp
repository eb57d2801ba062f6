#define CAF_SUITE rrd_writer

#include "actors/writer/rrd_writer.hpp"
#include "tests/spawn_state.hpp"
#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

using namespace rrdflow;

namespace {

struct writer_fixture : test::fixture, test::store_fixture {
  writer_fixture() {
    aut = test::spawn_state<rrd_writer_state>(sys, settings, names);
    sched.run();
  }

  template <class Result, class... Ts>
  Result ask(const Ts&... xs) {
    Result result{};
    auto question = self->request(aut, caf::infinite, xs...);
    sched.run();
    question.receive([&](Result& x) { result = std::move(x); },
                     [&](caf::error& err) { failure = std::move(err); });
    return result;
  }

  rrd_writer_actor aut;
  caf::error failure;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(rrd_writer_tests, writer_fixture)

CAF_TEST(every message gets its answer) {
  std::vector<write_job> jobs{
    {id("a"), test::one_gauge(), test::rows(test::t0, {1, 2}), false}};
  auto outcomes = ask<std::vector<write_outcome>>(atom::write_v, jobs);
  CAF_REQUIRE_EQUAL(outcomes.size(), 1u);
  CAF_CHECK_EQUAL(outcomes[0].written, 2u);
  CAF_CHECK_EQUAL(ask<uint64_t>(atom::marker_v, uint64_t{9}), 9u);
  read_request request;
  request.file = id("a");
  request.from = test::t0 - 10;
  request.to = test::t0 + 10;
  auto results = ask<std::vector<fetch_result>>(atom::read_v, request);
  CAF_REQUIRE_EQUAL(results.size(), 1u);
  CAF_CHECK_EQUAL(results[0].step, 10);
  std::vector<file_id> files{id("a")};
  auto infos = ask<std::vector<file_info>>(atom::describe_v, files);
  CAF_REQUIRE_EQUAL(infos.size(), 1u);
  CAF_CHECK_EQUAL(infos[0].last_update, test::t0 + 10);
  ask<caf::ok_atom>(atom::remove_v, files);
  CAF_CHECK(!std::filesystem::exists(file("a")));
  CAF_CHECK(!failure);
  ask<std::vector<fetch_result>>(atom::read_v, request);
  CAF_CHECK(failure == ec::not_found);
}

CAF_TEST(a store that cannot be opened ends the writer) {
  settings.store = "/nowhere";
  auto hdl = test::spawn_state<rrd_writer_state>(sys, settings, names);
  sched.run();
  auto ended = false;
  self->request(hdl, caf::infinite, atom::marker_v, uint64_t{1})
    .receive([](uint64_t) {}, [&](caf::error&) { ended = true; });
  CAF_CHECK(ended);
}

CAF_TEST_FIXTURE_SCOPE_END()
