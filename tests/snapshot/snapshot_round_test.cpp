#define CAF_SUITE snapshot_round

#include "actors/snapshot/snapshot_round.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace std::chrono_literals;

namespace {

const auto t0 = snapshot_round::time_point{} + 1h;

} // namespace

CAF_TEST(a snapshot is due after its interval) {
  snapshot_round uut{60s, 3, 10, t0};
  CAF_CHECK(!uut.due(t0 + 59s, 0, false));
  CAF_CHECK(uut.due(t0 + 60s, 0, false));
  CAF_CHECK_EQUAL(uut.begin(t0 + 60s), 11u);
  CAF_CHECK(!uut.due(t0 + 200s, 0, true));
}

CAF_TEST(all owners make it complete) {
  snapshot_round uut{60s, 3, 0, t0};
  uut.begin(t0);
  CAF_CHECK(!uut.arrived(0));
  CAF_CHECK(!uut.arrived(0));
  CAF_CHECK(!uut.arrived(1));
  CAF_CHECK(uut.arrived(0xffffffff));
}

CAF_TEST(a journal that hardly grew needs no new snapshot) {
  snapshot_round uut{60s, 1, 0, t0};
  uut.begin(t0);
  uut.committed(1000, 5000);
  CAF_CHECK(!uut.due(t0 + 60s, 5499, false));
  CAF_CHECK(uut.due(t0 + 60s, 5500, false));
  CAF_CHECK(uut.due(t0 + 1s, 5000, true));
}

CAF_TEST(a journal that is full gets snapshots until all of it is covered) {
  snapshot_round uut{60s, 1, 0, t0};
  uut.begin(t0, 900);
  uut.committed(1000, 800);
  CAF_MESSAGE("it fills up, and stalls");
  CAF_CHECK(!uut.due(t0 + 1min, 1000, false));
  uut.begin(t0 + 2min, 1000);
  uut.committed(1000, 1000);
  CAF_CHECK(!uut.due(t0 + 2min + 59s, 1000, false));
  CAF_CHECK(uut.due(t0 + 3min, 1000, false));
  uut.begin(t0 + 3min, 1000);
  uut.committed(1000, 1000);
  CAF_MESSAGE("now the last two cover it");
  CAF_CHECK(!uut.due(t0 + 10min, 1000, false));
}

CAF_TEST(markers of snapshots that were given up are not used again) {
  snapshot_round uut{60s, 1, 0, t0};
  CAF_CHECK_EQUAL(uut.begin(t0), 1u);
  CAF_CHECK(!uut.overdue(t0 + 10min));
  CAF_CHECK(uut.overdue(t0 + 10min + 1s));
  uut.abandon();
  CAF_CHECK_EQUAL(uut.begin(t0 + 11min), 2u);
}
