#pragma once

#include <caf/error.hpp>
#include <caf/typed_event_based_actor.hpp>

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

/// Sends `n` requests, the i-th by `ask(i)`, which returns what `request` of an
/// actor returns. Calls `done(gathered<T>)` in the thread of that actor once
/// all were answered, failed or timed out; at once if there are none.
template <class T, class F, class Ask>
void gather_each(size_t n, F done, Ask ask) {
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
  auto state = std::make_shared<round>(
    round{{std::vector<T>(n), {}}, n + 1, std::move(done)});
  for (size_t i = 0; i < n; ++i)
    ask(i).then(
      [state, i](T& x) {
        state->result.answers[i] = std::move(x);
        state->close();
      },
      [state](caf::error& x) {
        if (!state->result.error)
          state->result.error = std::move(x);
        state->close();
      });
  state->close();
}

/// Sends `request` to each of `actors` and calls `done(gathered<T>)` in the
/// thread of `self` once all have answered, failed or let `timeout` pass; at
/// once if there are none.
/// @param timeout As of `request`: a duration, or caf::infinite.
template <class T, class Self, class Handles, class Timeout, class F,
          class... Ts>
void gather(Self* self, const Handles& actors, Timeout timeout, F done,
            const Ts&... request) {
  auto next = actors.begin();
  gather_each<T>(actors.size(), std::move(done), [&](size_t) {
    return self->request(*next++, timeout, request...);
  });
}

} // namespace rrdflow
