#define CAF_SUITE rotator

#include "actors/cache/rotator.hpp"
#include "tests/spawn_state.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace std::chrono_literals;

namespace {

struct decoder_state {
  static inline const char* name = "decoder";
  explicit decoder_state(decoder_actor::pointer) {
    // nop
  }
  int ticks = 0;
};

decoder_actor::behavior_type
decoder(decoder_actor::stateful_pointer<decoder_state> self) {
  return {
    [](atom::describe, const std::vector<series_info>&) {
      return std::vector<new_series>{};
    },
    [](atom::why, const std::vector<std::string>&) {
      return std::vector<unstored>{};
    },
    [](atom::more) {},
    [self](atom::tick) { ++self->state.ticks; },
    [](atom::marker, uint64_t) -> uint64_t { return 0; },
    [](atom::caught_up) { return caf::ok_atom::value; },
    [](atom::dead) { return std::vector<dead_message>{}; },
    [](atom::work) {},
  };
}

struct rotator_fixture : test::fixture {
  rotator_fixture() {
    peer = sys.spawn(decoder);
    uut = test::spawn_state<rotator_state>(sys, peer,
                                           wall_clock{[this] { return wall; }});
    sched.run();
  }

  ~rotator_fixture() {
    self->send_exit(uut, caf::exit_reason::user_shutdown);
    sched.run();
  }

  int ticks() {
    return deref<decoder_actor::stateful_base<decoder_state>>(peer).state.ticks;
  }

  /// Lets the time of the actors go by, and that of the wall.
  void pass(std::chrono::milliseconds x, std::chrono::milliseconds of_wall) {
    wall += of_wall;
    advance_time(x);
    sched.run();
  }

  std::chrono::system_clock::time_point wall{1'700'000'000s + 400ms};
  decoder_actor peer;
  rotator_actor uut;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(rotator_tests, rotator_fixture)

CAF_TEST(the first tick comes with the next full second) {
  pass(599ms, 599ms);
  CAF_CHECK_EQUAL(ticks(), 0);
  pass(1ms, 1ms);
  CAF_CHECK_EQUAL(ticks(), 1);
}

CAF_TEST(ticks follow the wall clock without drift) {
  // The wall clock is slower than that of the timers by a thousandth.
  for (auto i = 0; i < 10'010; ++i)
    pass(100ms, i % 1000 == 0 ? 0ms : 100ms);
  // 1000.0 s of the wall have passed, beginning at .4.
  CAF_CHECK_EQUAL(wall.time_since_epoch() - 1'700'000'000s, 1'000'300ms);
  CAF_CHECK_GREATER(ticks(), 999);
  CAF_CHECK_LESS(ticks(), 1012);
}

CAF_TEST_FIXTURE_SCOPE_END()
