#pragma once

#include "messages/error.hpp"

#include <caf/actor_system.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <exception>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace rrdflow {

/// Sees each message that an actor handles, with the actor's name, in its
/// thread. Tests throw there.
using message_hook
  = std::function<void(const char*, const caf::mailbox_element&)>;

/// What becomes of an exception in an actor's handlers.
struct actor_guard {
  /// The messages, by the text of their atom, with which the actor applies a
  /// record of the journal.
  std::vector<std::string> applying;

  /// It applies records when it gets answers, too.
  bool answers_apply = false;

  /// The actor does not end, as the SUPERVISOR does not restart it. The message
  /// is dropped.
  bool goes_on = false;

  /// Empty in the program that users run. Runs before the handler, or behind it
  /// if the actor goes on.
  message_hook hook;

  /// The error that an exception is: ec::exception, or if it concerns a record
  /// ec::record_failed or ec::out_of_memory.
  caf::error describe(const caf::mailbox_element& x,
                      const std::exception_ptr& thrown) const;
};

/// What an exception says.
std::string text_of(const std::exception_ptr& x);

void log_exception(const char* actor, const caf::error& x);

/// The actor of a State, whose exceptions are errors that say what they were.
template <class State, class... Ts>
class guarded_actor final
  : public State::handle::template stateful_base<State> {
public:
  using super = typename State::handle::template stateful_base<State>;

  guarded_actor(caf::actor_config& cfg, actor_guard guard, Ts... xs)
    : super(cfg), guard_{std::move(guard)}, arguments_{std::move(xs)...} {
    this->set_exception_handler([](std::exception_ptr& x) {
      return fail(ec::exception, "it does not begin: " + text_of(x));
    });
  }

  caf::invoke_message_result consume(caf::mailbox_element& x) override {
    try {
      if (guard_.hook && !guard_.goes_on)
        guard_.hook(State::name, x);
      auto result = super::consume(x);
      if (guard_.hook && guard_.goes_on)
        guard_.hook(State::name, x);
      return result;
    } catch (...) {
      auto why = guard_.describe(x, std::current_exception());
      if (!guard_.goes_on) {
        this->quit(std::move(why));
      } else {
        log_exception(State::name, why);
        if (x.mid.is_request())
          this->make_response_promise().deliver(std::move(why));
      }
    }
    return caf::invoke_message_result::consumed;
  }

protected:
  typename State::handle::behavior_type make_behavior() override {
    auto arguments = std::move(arguments_);
    return std::apply(
      [this](auto&... xs) {
        return this->state.make_behavior(std::move(xs)...);
      },
      arguments);
  }

private:
  actor_guard guard_;
  std::tuple<Ts...> arguments_;
};

/// Spawns the actor of a State, whose behavior is made of `xs`, with a guard
/// around its handlers.
template <class State, caf::spawn_options Options = caf::no_spawn_options,
          class... Ts>
auto spawn_guarded(caf::actor_system& system, actor_guard guard, Ts&&... xs) {
  using impl = guarded_actor<State, std::decay_t<Ts>...>;
  return system.spawn<impl, Options>(std::move(guard), std::forward<Ts>(xs)...);
}

} // namespace rrdflow
