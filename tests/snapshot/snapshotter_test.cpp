#define CAF_SUITE snapshotter

#include "actors/snapshot/snapshot_file.hpp"
#include "actors/snapshot/snapshotter.hpp"
#include "tests/file_size_limit.hpp"
#include "tests/spawn_state.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <caf/actor_cast.hpp>

using namespace rrdflow;
using namespace std::chrono_literals;

namespace {

/// Answers like a DECODER with a part of its own, but without shards.
decoder_actor::behavior_type decoder_stub(decoder_actor::pointer self) {
  return {
    [](atom::describe, const std::vector<series_info>&) {
      return std::vector<new_series>{};
    },
    [](atom::why, const std::vector<std::string>&) {
      return std::vector<unstored>{};
    },
    [](atom::more) {},
    [](atom::tick) {},
    [self](atom::marker, uint64_t marker) -> uint64_t {
      auto asker = caf::actor_cast<snapshotter_actor>(self->current_sender());
      self->send(
        asker, atom::part_v,
        snapshot_part{marker, 1000 + marker, decoder_part, {'d'}, true});
      return 1000 + marker;
    },
    [](atom::caught_up) { return caf::ok_atom_v; },
    [](atom::dead) { return std::vector<dead_message>{}; },
    [](atom::work) {},
  };
}

struct keeper_log {
  std::vector<position> covered;
};

journal_keeper_actor::behavior_type
keeper_stub(journal_keeper_actor::pointer, std::shared_ptr<keeper_log> log) {
  return {
    [](atom::append, replay_request) { return request_outcome{}; },
    [](atom::tick) {},
    [log](atom::covered, position x) { log->covered.push_back(x); },
    [](atom::last) -> position { return 1 << 20; },
    [](atom::append, const rules_request&) { return request_outcome{}; },
    [](atom::append, const flush_request&) { return request_outcome{}; },
    [](atom::append, const retire_request&) { return request_outcome{}; },
    [](atom::append, const forget_request&) { return request_outcome{}; },
    [](atom::done, uint64_t, uint32_t, const request_outcome&) {},
    [](atom::subscribe, const std::vector<cache_shard_actor>&) {},
  };
}

struct fixture : test::fixture {
  fixture() {
    decoder = sys.spawn(decoder_stub);
    keeper = sys.spawn(keeper_stub, log);
  }

  ~fixture() override {
    self->send_exit(aut, caf::exit_reason::user_shutdown);
    sched.run();
  }

  void spawn(caf::error sync_result = caf::none) {
    snapshotter_settings settings;
    settings.folder = folder.path();
    settings.every = 10s;
    settings.shards = 1;
    settings.sync_files = [this, sync_result] {
      ++syncs;
      return sync_result;
    };
    settings.registry = &registry;
    settings.committed = &snapshots;
    settings.drop_undo_logs = [this](uint64_t x) { dropped.push_back(x); };
    aut = test::spawn_state<snapshotter_state>(sys, settings, decoder, keeper);
    sched.run();
  }

  void pass(std::chrono::seconds time) {
    for (auto i = 0; i < time.count(); ++i) {
      advance_time(1s);
      sched.run();
    }
  }

  bool committed(uint64_t marker) {
    return std::filesystem::exists(snapshot_path(folder.path(), marker));
  }

  void shard_part(uint64_t marker, bool last) {
    self->send(aut, atom::part_v,
               snapshot_part{marker, 1000 + marker, 0, {'s'}, last});
    sched.run();
  }

  test::temporary_folder folder;
  metric_registry registry;
  counter snapshots{&registry, {"snapshots_total", ""}};
  std::shared_ptr<keeper_log> log = std::make_shared<keeper_log>();
  int syncs = 0;
  std::vector<uint64_t> dropped;
  decoder_actor decoder;
  journal_keeper_actor keeper;
  snapshotter_actor aut;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(snapshotter_tests, fixture)

CAF_TEST(a snapshot is committed once all parts are in) {
  spawn();
  pass(11s);
  shard_part(1, false);
  CAF_CHECK_EQUAL(syncs, 0);
  CAF_CHECK(!committed(1));
  shard_part(1, true);
  CAF_CHECK_EQUAL(syncs, 1);
  auto x = load_newest_snapshot(folder.path());
  CAF_REQUIRE(x.content.has_value());
  CAF_CHECK_EQUAL(x.content->at, 1001u);
  CAF_CHECK_EQUAL(x.content->sections.size(), 3u);
  CAF_CHECK(log->covered.empty());
}

CAF_TEST(the last two are kept and what only older ones need goes) {
  spawn();
  for (uint64_t marker = 1; marker <= 3; ++marker) {
    pass(11s);
    shard_part(marker, true);
  }
  CAF_CHECK(!std::filesystem::exists(snapshot_path(folder.path(), 1)));
  CAF_CHECK(std::filesystem::exists(snapshot_path(folder.path(), 2)));
  CAF_CHECK(std::filesystem::exists(snapshot_path(folder.path(), 3)));
  CAF_CHECK_EQUAL(log->covered, (std::vector<position>{1001, 1002}));
  CAF_CHECK_EQUAL(dropped, (std::vector<uint64_t>{1, 2}));
}

CAF_TEST(a failed sync commits nothing and ends the actor) {
  spawn(fail(ec::io_failed, "sync of the store: no such luck"));
  pass(11s);
  shard_part(1, true);
  CAF_CHECK(!committed(1));
  self->monitor(aut);
  expect((caf::down_msg), to(self));
}

CAF_TEST(a snapshot that is asked for answers its marker) {
  spawn();
  auto hdl = self->request(aut, caf::infinite, atom::snapshot_v);
  sched.run();
  shard_part(1, true);
  hdl.receive([](uint64_t x) { CAF_CHECK_EQUAL(x, 1u); },
              [](caf::error&) { CAF_FAIL("no snapshot"); });
}

CAF_TEST(parts of a snapshot that was given up are ignored) {
  spawn();
  pass(11s);
  for (auto i = 0; i < 31; ++i)
    pass(10s);
  CAF_CHECK_EQUAL(syncs, 0);
  shard_part(1, true);
  CAF_CHECK(!committed(1));
  shard_part(2, true);
  auto newest = load_newest_snapshot(folder.path());
  CAF_REQUIRE(newest.content.has_value());
  CAF_CHECK_EQUAL(newest.content->marker, 2u);
}

CAF_TEST(a full disk costs one snapshot and not the flow) {
  spawn();
  auto hdl = self->request(aut, caf::infinite, atom::snapshot_v);
  {
    test::file_size_limit full{10};
    sched.run();
    shard_part(1, true);
  }
  hdl.receive([](uint64_t) { CAF_FAIL("a snapshot on a full disk"); },
              [](caf::error& x) { CAF_CHECK(x == ec::disk_full); });
  CAF_CHECK(std::filesystem::is_empty(folder.path()));
  pass(11s);
  shard_part(2, true);
  CAF_CHECK(committed(2));
}

CAF_TEST(the metrics of two lives are one) {
  CAF_CHECK_EQUAL(registry.values("snapshot_age_seconds").size(), 0u);
  spawn();
  pass(11s);
  shard_part(1, true);
  pass(5s);
  CAF_CHECK_EQUAL(registry.sum("snapshots_total"), 1);
  CAF_CHECK_EQUAL(registry.sum("snapshot_age_seconds"), 5);
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  sched.run();
  spawn();
  CAF_CHECK_EQUAL(registry.sum("snapshots_total"), 1);
  CAF_CHECK_EQUAL(registry.sum("snapshot_age_seconds"), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
