#pragma once

#include <caf/error.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace rrdflow {

/// What actors answered, in the order in which they were asked. An actor that
/// failed or did not answer in time has a default value.
template <class T>
struct gathered {
  std::vector<T> answers;

  /// The first failure; none if all have answered.
  caf::error error;
};

/// Sends `request` to each of `actors` and calls `done(gathered<T>)` in the
/// thread of `self` once all have answered, failed or let `timeout` pass; at
/// once if there are none.
template <class T, class Self, class Handles, class F, class... Ts>
void gather(Self* self, const Handles& actors, std::chrono::nanoseconds timeout,
            F done, const Ts&... request) {
  struct round {
    gathered<T> result;
    size_t open;
    F done;

    void close() {
      if (--open == 0)
        done(std::move(result));
    }
  };
  // One more than there are requests, so that none closes the round early.
  auto state = std::make_shared<round>(round{
    {std::vector<T>(actors.size()), {}}, actors.size() + 1, std::move(done)});
  size_t place = 0;
  for (auto& actor : actors) {
    self->request(actor, timeout, request...)
      .then(
        [state, place](T& x) {
          state->result.answers[place] = std::move(x);
          state->close();
        },
        [state](caf::error& x) {
          if (!state->result.error)
            state->result.error = std::move(x);
          state->close();
        });
    ++place;
  }
  state->close();
}

} // namespace rrdflow
