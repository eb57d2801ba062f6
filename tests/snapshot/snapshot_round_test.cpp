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

CAF_TEST(markers of snapshots that were given up are not used again) {
  snapshot_round uut{60s, 1, 0, t0};
  CAF_CHECK_EQUAL(uut.begin(t0), 1u);
  CAF_CHECK(!uut.overdue(t0 + 10min));
  CAF_CHECK(uut.overdue(t0 + 10min + 1s));
  uut.abandon();
  CAF_CHECK_EQUAL(uut.begin(t0 + 11min), 2u);
}
