#pragma once

#include "messages/error.hpp"
#include "runtime/service/actor_guard.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <exception>
#include <tuple>
#include <utility>

namespace rrdflow {

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
