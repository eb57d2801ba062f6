#pragma once

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>

#include <utility>

namespace rrdflow::test {

/// Spawns the actor of a State, whose behavior is made of `xs`. As
/// `spawn_guarded`, but what the actor throws is CAF's.
template <class State, caf::spawn_options Options = caf::no_spawn_options,
          class... Ts>
auto spawn_state(caf::actor_system& sys, Ts... xs) {
  using pointer = typename State::handle::template stateful_pointer<State>;
  return sys.spawn<Options>(
    [](pointer self, Ts... ys) {
      return self->state.make_behavior(std::move(ys)...);
    },
    std::move(xs)...);
}

} // namespace rrdflow::test
