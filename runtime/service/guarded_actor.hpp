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

/// An actor whose exceptions are errors that say what they were.
template <class State, class Base, class Function>
class guarded_actor final : public caf::stateful_actor<State, Base> {
public:
  using super = caf::stateful_actor<State, Base>;

  guarded_actor(caf::actor_config& cfg, actor_guard guard, Function f)
    : super(cfg), guard_{std::move(guard)}, function_{std::move(f)} {
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
  typename Base::behavior_type make_behavior() override {
    return function_(this);
  }

private:
  actor_guard guard_;
  Function function_;
};

/// Spawns `f(self, xs...)` with a guard around its handlers.
template <caf::spawn_options Options = caf::no_spawn_options, class Behavior,
          class State, class Base, class... Ts, class... Us>
auto spawn_guarded(caf::actor_system& system, actor_guard guard,
                   Behavior (*f)(caf::stateful_actor<State, Base>*, Ts...),
                   Us&&... xs) {
  auto begin = [f, arguments = std::tuple<std::decay_t<Ts>...>{std::forward<Us>(
                     xs)...}](caf::stateful_actor<State, Base>* self) mutable {
    return std::apply([&](auto&... ys) { return f(self, std::move(ys)...); },
                      arguments);
  };
  using impl = guarded_actor<State, Base, decltype(begin)>;
  return system.spawn<impl, Options>(std::move(guard), std::move(begin));
}

} // namespace rrdflow
