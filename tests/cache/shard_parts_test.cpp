#define CAF_SUITE shard_parts

#include "tests/cache/shard_actor_fixture.hpp"

using namespace rrdflow;
using namespace rrdflow::test;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(shard_parts_tests, shard_actor_fixture)

CAF_TEST(a part is complete when the writer has answered the marker) {
  fill(100);
  send(atom::marker_v, uint64_t{4}, position{99},
       caf::actor_cast<caf::strong_actor_ptr>(snapshotter_hdl));
  CAF_REQUIRE_EQUAL(the_writer().markers.size(), 1u);
  CAF_CHECK_EQUAL(the_writer().markers[0].first, 4u);
  for (auto& part : the_snapshotter().parts)
    CAF_CHECK(!part.last);
  the_writer().held.clear();
  answer();
  auto& parts = the_snapshotter().parts;
  CAF_REQUIRE(!parts.empty());
  std::string section;
  for (auto& part : parts) {
    CAF_CHECK_EQUAL(part.last, &part == &parts.back());
    CAF_CHECK_EQUAL(part.marker, 4u);
    CAF_CHECK_EQUAL(part.at, 99u);
    CAF_CHECK_EQUAL(part.owner, 0u);
    section.append(part.bytes.begin(), part.bytes.end());
  }
  // A shard that starts with it writes the rows again.
  self->send_exit(uut, caf::exit_reason::user_shutdown);
  sched.run();
  settings.lookup = [this](uint64_t key) -> std::optional<file_id> {
    for (file_id i = 0; i < names->size(); ++i)
      if (names->key(i) == key)
        return i;
    return std::nullopt;
  };
  start({section});
  send(atom::synced_v, position{0});
  // Those that are its own by their names.
  size_t own = 0;
  for (file_id i = 0; i < names->size(); ++i)
    own += names->key(i) % 3 == 0;
  CAF_REQUIRE_EQUAL(the_writer().held.size(), 1u);
  CAF_CHECK_EQUAL(the_writer().held[0].first.size(), own);
  CAF_CHECK_EQUAL(show(the_writer().held[0].first[0].rows), "10=1");
  CAF_CHECK_EQUAL(stat("rows_opened_total"), 100);
}

CAF_TEST(large parts come in pieces of one MiB) {
  // 100 files with 1200 rows of 16 bytes.
  self->send_exit(uut, caf::exit_reason::user_shutdown);
  settings.flush_after = 1000h;
  start({});
  send(atom::second_v, epoch, position{1});
  for (auto i = 0; i < 1200; ++i)
    ask(atom::put_v, batch(0, 100, i * 10))
      .receive([](uint64_t) {}, [](caf::error&) {});
  self->send(uut, atom::marker_v, uint64_t{1}, position{1},
             caf::actor_cast<caf::strong_actor_ptr>(snapshotter_hdl));
  // Packing lets other messages through.
  auto slices = 0;
  while (sched.try_run_once())
    slices += state_of<snapshotter_state>(snapshotter_hdl).parts.empty();
  CAF_CHECK_GREATER(slices, 3);
  // A new marker while the first waits for the writer replaces it.
  send(atom::marker_v, uint64_t{2}, position{2},
       caf::actor_cast<caf::strong_actor_ptr>(snapshotter_hdl));
  CAF_CHECK_EQUAL(the_writer().markers.size(), 2u);
  answer();
  size_t bytes = 0;
  for (auto& part : the_snapshotter().parts) {
    CAF_CHECK_LESS(part.bytes.size(), (1u << 20) + 1);
    CAF_CHECK_EQUAL(part.last, part.marker == 2
                                 && &part == &the_snapshotter().parts.back());
    if (part.marker == 2)
      bytes += part.bytes.size();
  }
  CAF_CHECK_GREATER(bytes, 100u * 1200 * 16);
}

CAF_TEST(a shard with a damaged section ends with an error) {
  auto bad = sys.spawn(cache_shard, settings, names, writer_hdl, keeper_hdl,
                       std::vector<std::string>{"\xc1"});
  self->monitor(bad);
  sched.run();
  auto reason = caf::error{};
  self->receive([&](const caf::down_msg& x) { reason = x.reason; });
  CAF_CHECK(reason == ec::damaged);
}

CAF_TEST_FIXTURE_SCOPE_END()
