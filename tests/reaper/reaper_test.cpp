#define CAF_SUITE reaper

#include "actors/reaper/reaper.hpp"
#include "tests/spawn_state.hpp"
#include "tests/test.hpp"

#include <caf/typed_response_promise.hpp>

using namespace std::chrono_literals;
using namespace rrdflow;

namespace {

/// What a stand-in for a CACHE_SHARD says.
struct shard_stand_in {
  std::vector<file_id> idle;
  std::vector<int64_t> asked;
};

cache_shard_actor::behavior_type
shard(cache_shard_actor::pointer, shard_stand_in* x) {
  return {
    [](atom::why, const std::vector<uint32_t>&) {
      return std::vector<unstored>{};
    },
    [](atom::open, const std::vector<file_binding>&) {},
    [](atom::name_rules, const std::vector<std::string>&) {},
    [](atom::due, int64_t) {},
    [](atom::put, const sample_batch&) { return uint64_t{0}; },
    [](atom::second, int64_t, position) {},
    [](atom::marker, uint64_t, position, const caf::strong_actor_ptr&) {},
    [](atom::flush, uint64_t, const std::vector<file_id>&) {},
    [](atom::retire, const std::vector<file_id>&, int64_t) {},
    [](atom::release, const std::vector<file_id>&, bool) {
      return request_outcome{};
    },
    [](atom::synced, position) {},
    [](atom::caught_up) { return caf::ok_atom_v; },
    [=](atom::idle, int64_t since) {
      x->asked.push_back(since);
      return x->idle;
    },
    [](atom::read, const read_request&) { return std::vector<fetch_result>{}; },
    [](atom::last, const std::vector<uint32_t>&) {
      return std::vector<last_value>{};
    },
    [](atom::work) {},
  };
}

/// What a stand-in for the JOURNAL_KEEPER got.
struct keeper_stand_in {
  std::vector<retire_request> requests;
  std::vector<caf::typed_response_promise<request_outcome>> waiting;
  bool failing = false;
};

journal_keeper_actor::behavior_type
keeper(journal_keeper_actor::pointer self, keeper_stand_in* x) {
  return {
    [](atom::append, replay_request) { return request_outcome{}; },
    // The flow has done what was asked.
    [=](atom::tick) {
      for (auto& promise : std::exchange(x->waiting, {}))
        promise.deliver(request_outcome{});
    },
    [](atom::covered, position) {},
    [](atom::last) { return position{0}; },
    [](atom::append, const rules_request&) { return request_outcome{}; },
    [](atom::append, const flush_request&) { return request_outcome{}; },
    [=](atom::append, const retire_request& request) {
      x->requests.push_back(request);
      auto promise = self->make_response_promise<request_outcome>();
      if (x->failing)
        promise.deliver(fail(ec::disk_full, "no room"));
      else
        x->waiting.push_back(promise);
      return promise;
    },
    [](atom::append, const forget_request&) { return request_outcome{}; },
    [](atom::done, uint64_t, uint32_t, const request_outcome&) {},
    [](atom::subscribe, const std::vector<cache_shard_actor>&) {},
  };
}

struct reaper_fixture : test::fixture {
  reaper_fixture() {
    names = std::make_shared<file_names>();
    for (auto name : {"a", "b", "c"})
      names->add(name);
    for (auto& x : shards)
      handles.push_back(sys.spawn(shard, &x));
    keeping = sys.spawn(keeper, &journal);
    // Looks each 10 s.
    aut = test::spawn_state<reaper_state>(
      sys, reaper_settings{240s, [this] { return now; }, 1000}, handles, names,
      keeping);
    sched.run();
  }

  ~reaper_fixture() override {
    self->send_exit(aut, caf::exit_reason::user_shutdown);
    sched.run();
  }

  void pass(std::chrono::seconds x) {
    for (; x > 0s; x -= 1s) {
      ++now;
      advance_time(1s);
      sched.run();
    }
  }

  void answer() {
    self->send(keeping, atom::tick_v);
    sched.run();
  }

  int64_t now = 1700000000;
  std::shared_ptr<file_names> names;
  std::array<shard_stand_in, 2> shards;
  std::vector<cache_shard_actor> handles;
  keeper_stand_in journal;
  journal_keeper_actor keeping;
  reaper_actor aut;
};

using strings = std::vector<std::string>;

} // namespace

CAF_TEST(looks come a 24th of the time after which a file is expired) {
  CAF_CHECK(reap_interval(24s) == 1s);
  CAF_CHECK(reap_interval(1s) == 1s);
  CAF_CHECK(reap_interval(3600s) == 150s);
  CAF_CHECK(reap_interval(86400s) == 600s);
}

CAF_TEST_FIXTURE_SCOPE(reaper_tests, reaper_fixture)

CAF_TEST(what is due can change at any time) {
  self->send(aut, atom::due_v, int64_t{48});
  sched.run();
  pass(2s);
  // Looks each 2 s now.
  CAF_CHECK_EQUAL(shards[0].asked, std::vector<int64_t>{1700000002 - 48});
  self->send(aut, atom::due_v, int64_t{2400});
  sched.run();
  pass(2s);
  CAF_CHECK_EQUAL(shards[0].asked.size(), 2u);
  pass(99s);
  CAF_CHECK_EQUAL(shards[0].asked.size(), 2u);
  pass(1s);
  CAF_CHECK_EQUAL(shards[0].asked.back(), 1700000104 - 2400);
}

CAF_TEST(idle files are retired by a record of the journal) {
  shards[0].idle = {2};
  shards[1].idle = {0};
  pass(9s);
  CAF_CHECK(shards[0].asked.empty());
  pass(1s);
  // 10 s after the start, 240 s ago.
  CAF_CHECK_EQUAL(shards[0].asked, std::vector<int64_t>{1700000010 - 240});
  CAF_CHECK_EQUAL(shards[1].asked, shards[0].asked);
  CAF_REQUIRE_EQUAL(journal.requests.size(), 1u);
  auto files = journal.requests[0].files;
  std::sort(files.begin(), files.end());
  CAF_CHECK_EQUAL(files, (strings{"a", "c"}));
  CAF_CHECK_EQUAL(journal.requests[0].idle_since, 1700000010 - 240);
}

CAF_TEST(no shard is asked while a request is out) {
  shards[0].idle = {1};
  pass(50s);
  CAF_CHECK_EQUAL(shards[0].asked.size(), 1u);
  CAF_CHECK_EQUAL(journal.requests.size(), 1u);
  CAF_MESSAGE("and again once it is done");
  answer();
  pass(10s);
  CAF_CHECK_EQUAL(shards[0].asked.size(), 2u);
  CAF_CHECK_EQUAL(journal.requests.size(), 2u);
}

CAF_TEST(without idle files nothing is requested) {
  pass(30s);
  CAF_CHECK_EQUAL(shards[1].asked.size(), 3u);
  CAF_CHECK(journal.requests.empty());
}

CAF_TEST(a full journal is tried again at the next look) {
  shards[0].idle = {1};
  journal.failing = true;
  pass(10s);
  CAF_CHECK_EQUAL(journal.requests.size(), 1u);
  journal.failing = false;
  pass(10s);
  CAF_CHECK_EQUAL(journal.requests.size(), 2u);
}

CAF_TEST(a shard that died does not stop the others) {
  self->send_exit(handles[0], caf::exit_reason::kill);
  sched.run();
  shards[1].idle = {1};
  pass(10s);
  CAF_REQUIRE_EQUAL(journal.requests.size(), 1u);
  CAF_CHECK_EQUAL(journal.requests[0].files, strings{"b"});
}

CAF_TEST(requests are bounded) {
  // 250 names of 4 bytes, with 5 more in a record each, and one that is too
  // long for a request with others.
  for (size_t i = 1000; i < 1250; ++i)
    shards[i % 2].idle.push_back(names->add(std::to_string(i)));
  shards[0].idle.push_back(names->add(std::string(2000, 'x')));
  pass(10s);
  std::vector<std::string> seen;
  for (auto requests = 1u; requests <= 5; ++requests) {
    CAF_REQUIRE_EQUAL(journal.requests.size(), requests);
    auto& files = journal.requests.back().files;
    CAF_CHECK_LESS_OR_EQUAL(files.size(), 1000u / 9);
    seen.insert(seen.end(), files.begin(), files.end());
    answer();
  }
  CAF_CHECK_EQUAL(journal.requests.size(), 5u);
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  CAF_CHECK_EQUAL(seen.size(), 251u);
}

CAF_TEST_FIXTURE_SCOPE_END()
