#define CAF_SUITE decoder

#include "actors/decode/decoder.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/spawn_state.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// What the stand-ins for the neighbours saw->
struct seen {
  std::vector<std::string> shard;
  std::vector<sample> samples;
  std::vector<snapshot_part> parts;
  std::map<std::string, file_id> files;
  std::vector<request_outcome> outcomes;
  bool refuse = false;
};

using seen_ptr = std::shared_ptr<seen>;

cache_shard_actor::behavior_type shard_stub(seen_ptr x) {
  return {
    [](atom::why, const std::vector<uint32_t>&) {
      return std::vector<unstored>{};
    },
    [=](atom::open, const std::vector<file_binding>&) {
      x->shard.emplace_back("open");
    },
    [=](atom::name_rules, const std::vector<std::string>&) {
      x->shard.emplace_back("rules");
    },
    [=](atom::due, int64_t) {},
    [=](atom::put, const sample_batch& y) -> uint64_t {
      x->shard.emplace_back("put");
      x->samples.insert(x->samples.end(), y.samples.begin(), y.samples.end());
      return y.samples.size();
    },
    [=](atom::second, int64_t t, position) {
      x->shard.push_back("second " + std::to_string(t - t0));
    },
    [=](atom::marker, uint64_t n, position at, caf::strong_actor_ptr&) {
      x->shard.push_back("marker " + std::to_string(n) + " at "
                         + std::to_string(at));
    },
    [=](atom::flush, uint64_t, const std::vector<file_id>&) {
      x->shard.emplace_back("flush");
    },
    [=](atom::retire, const std::vector<file_id>&, int64_t) {
      x->shard.emplace_back("retire");
    },
    [=](atom::release, const std::vector<file_id>&, bool) {
      x->shard.emplace_back("release");
      return request_outcome{};
    },
    [=](atom::synced, position) {},
    [=](atom::caught_up) {
      x->shard.emplace_back("caught_up");
      return caf::ok_atom_v;
    },
    [=](atom::idle, int64_t) { return std::vector<uint32_t>{}; },
    [=](atom::read, const read_request&) {
      return std::vector<fetch_result>{};
    },
    [=](atom::last, const std::vector<uint32_t>&) {
      return std::vector<last_value>{};
    },
    [=](atom::work) {},
  };
}

catalog_actor::behavior_type catalog_stub(seen_ptr x) {
  return {
    [](atom::describe, const std::vector<new_series>&) {
      return caf::ok_atom_v;
    },
    [](atom::why, const std::string&) { return std::vector<series_info>{}; },
    [=](atom::resolve, const std::vector<new_series>& ys)
      -> caf::result<std::vector<resolution>> {
      if (x->refuse)
        return fail(ec::io_failed, "catalog: no disk");
      std::vector<resolution> result;
      for (auto& y : ys) {
        resolution z;
        z.file = x->files.emplace(y.file, x->files.size()).first->second;
        z.definition = y.definition;
        result.push_back(z);
      }
      return result;
    },
    [=](atom::retire, const std::vector<file_id>&) {},
    [=](atom::forget, const std::string&) {
      series_info info;
      return std::vector<series_info>{info};
    },
    [=](atom::release, const std::vector<file_id>&) { return caf::ok_atom_v; },
    [=](atom::tick) {},
    [=](atom::list, const series_query&) { return std::vector<series_info>{}; },
    [=](atom::list, const tree_query&) { return std::vector<tree_node>{}; },
    [=](atom::find, const std::string&) { return series_info{}; },
    [=](atom::index) { return std::string{}; },
    [=](atom::changed, file_id) {},
    [=](atom::reshape, const std::string&) {
      return std::vector<differing_file>{};
    },
  };
}

journal_keeper_actor::behavior_type keeper_stub(seen_ptr x) {
  return {
    [](atom::append, replay_request) { return request_outcome{}; },
    [=](atom::tick) {},
    [=](atom::covered, position) {},
    [=](atom::last) -> position { return 0; },
    [=](atom::append, const rules_request&) { return request_outcome{}; },
    [=](atom::append, const flush_request&) { return request_outcome{}; },
    [=](atom::append, const retire_request&) { return request_outcome{}; },
    [=](atom::append, const forget_request&) { return request_outcome{}; },
    [=](atom::done, uint64_t, uint32_t, const request_outcome& y) {
      x->outcomes.push_back(y);
    },
    [=](atom::subscribe, const std::vector<cache_shard_actor>&) {},
  };
}

struct decoder_actor_fixture : test::fixture {
  decoder_actor_fixture() {
    peers.catalog = sys.spawn(catalog_stub, saw);
    peers.shards = {sys.spawn(shard_stub, saw)};
    peers.keeper = sys.spawn(keeper_stub, saw);
    start.rules.text = catch_all;
  }

  ~decoder_actor_fixture() override {
    self->send_exit(aut, caf::exit_reason::user_shutdown);
    sched.run();
  }

  void spawn() {
    aut = test::spawn_state<decoder_state>(sys, settings, feed, peers, start);
    sched.run();
  }

  decoder_settings settings;
  decoder_start start;
  std::shared_ptr<memory_feed> feed = std::make_shared<memory_feed>();
  seen_ptr saw = std::make_shared<seen>();
  decoder_peers peers;
  decoder_actor aut;
};

using lines = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(decoder_tests, decoder_actor_fixture)

CAF_TEST(messages become samples when the journal wakes it) {
  spawn();
  feed->message(n0, "a", "1");
  feed->message(n0, "b", "{");
  feed->wake();
  sched.run();
  CAF_CHECK_EQUAL(saw->shard, (lines{"rules", "open", "second 0", "put"}));
  CAF_CHECK_EQUAL(saw->samples.size(), 1u);
  feed->clock = t0 + 1;
  self->send(aut, atom::tick_v);
  sched.run();
  CAF_CHECK_EQUAL(saw->shard.back(), "second 1");
  auto hdl = self->request(aut, caf::infinite, atom::dead_v);
  sched.run();
  hdl.receive(
    [](const std::vector<dead_message>& xs) {
      CAF_REQUIRE_EQUAL(xs.size(), 1u);
      CAF_CHECK_EQUAL(xs[0].topic, "b");
    },
    [&](caf::error& x) { CAF_FAIL(sys.render(x)); });
}

CAF_TEST(records that come one by one are decoded together) {
  settings.linger = std::chrono::milliseconds{5};
  spawn();
  auto come = [&] {
    feed->message(n0, "a", "1");
    feed->wake();
    sched.run();
    return saw->samples.size();
  };
  advance_time(std::chrono::milliseconds{5});
  sched.run();
  CAF_MESSAGE("one that comes alone is decoded at once");
  CAF_CHECK_EQUAL(come(), 1u);
  CAF_CHECK_EQUAL(come(), 1u);
  CAF_CHECK_EQUAL(come(), 1u);
  CAF_CHECK_EQUAL(saw->shard.size(), 4u);
  advance_time(std::chrono::milliseconds{5});
  sched.run();
  CAF_CHECK_EQUAL(saw->samples.size(), 3u);
  CAF_MESSAGE("in one batch");
  CAF_CHECK_EQUAL(saw->shard.size(), 5u);
  CAF_CHECK_EQUAL(come(), 3u);
  advance_time(std::chrono::milliseconds{5});
  sched.run();
  CAF_CHECK_EQUAL(saw->samples.size(), 4u);
  advance_time(std::chrono::milliseconds{5});
  sched.run();
  CAF_CHECK_EQUAL(come(), 5u);
}

CAF_TEST(a marker goes to the shards and a part to its asker) {
  feed->message(n0, "a", "1");
  spawn();
  auto hdl = self->request(aut, caf::infinite, atom::marker_v, uint64_t{7});
  sched.run();
  CAF_CHECK_EQUAL(saw->shard.back(), "marker 7 at 100");
  snapshot_part part;
  self->receive([&](atom::part, snapshot_part& x) { part = std::move(x); });
  CAF_CHECK_EQUAL(part.marker, 7u);
  CAF_CHECK_EQUAL(part.at, 100u);
  CAF_CHECK_EQUAL(part.owner, decoder_part);
  CAF_CHECK(part.last);
  decoder_memory x;
  CAF_CHECK(!unpack(part.bytes, x));
  CAF_CHECK_EQUAL(x.counts.decoded, 1u);
  hdl.receive([](uint64_t at) { CAF_CHECK_EQUAL(at, 100u); },
              [&](caf::error& y) { CAF_FAIL(sys.render(y)); });
}

CAF_TEST(caught up means drained and told and written) {
  feed->message(n0, "a", "1");
  feed->clock = t0 + 3;
  spawn();
  auto hdl = self->request(aut, caf::infinite, atom::caught_up_v);
  sched.run();
  CAF_CHECK_EQUAL(saw->shard, (lines{"rules", "open", "second 0", "put",
                                     "second 3", "caught_up"}));
  hdl.receive([](caf::ok_atom) {},
              [&](caf::error& x) { CAF_FAIL(sys.render(x)); });
}

CAF_TEST(forgetting goes through catalog and shard) {
  spawn();
  feed->request(record_kind::forget, n0, forget_request{"*", false});
  feed->wake();
  sched.run();
  CAF_CHECK_EQUAL(saw->shard.back(), "release");
  CAF_REQUIRE_EQUAL(saw->outcomes.size(), 1u);
  CAF_CHECK_EQUAL(saw->outcomes[0].files, 1u);
}

CAF_TEST(while it is held nothing is decoded but markers pass) {
  auto hold = std::make_shared<std::atomic<bool>>(true);
  settings.hold = hold;
  feed->message(n0, "a", "1");
  spawn();
  CAF_CHECK(saw->samples.empty());
  auto hdl = self->request(aut, caf::infinite, atom::marker_v, uint64_t{1});
  sched.run();
  hdl.receive([](uint64_t at) { CAF_CHECK_EQUAL(at, 0u); },
              [&](caf::error& x) { CAF_FAIL(sys.render(x)); });
  self->receive([](atom::part, const snapshot_part&) {});
  *hold = false;
  advance_time(std::chrono::milliseconds{10});
  sched.run();
  CAF_CHECK_EQUAL(saw->samples.size(), 1u);
}

CAF_TEST(an error of the catalog ends it) {
  saw->refuse = true;
  feed->message(n0, "a", "1");
  spawn();
  self->monitor(aut);
  sched.run();
  self->receive([](caf::down_msg& x) {
    CAF_CHECK_EQUAL(explain(x.reason), "catalog: no disk");
  });
}

CAF_TEST(a damaged memory ends it and the feed is let go) {
  start.memory = {'x'};
  spawn();
  self->monitor(aut);
  sched.run();
  self->receive([](caf::down_msg& x) { CAF_CHECK(x.reason == ec::damaged); });
  CAF_CHECK(feed->wake == nullptr);
}

CAF_TEST_FIXTURE_SCOPE_END()
