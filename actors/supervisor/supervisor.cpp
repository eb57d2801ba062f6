#include "actors/supervisor/supervisor.hpp"

#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;

/// How long a step of an orderly stop may take.
const auto stop_timeout = caf::duration{20s};

constexpr metric_info restarts_info
  = {"restarts_total", "Restarts of the flow, by the actor that died."};

/// Whether an actor ended because another did.
bool follows(const caf::error& why) {
  return why == caf::sec::request_receiver_down
         || why == caf::exit_reason::user_shutdown;
}

} // namespace

void supervisor_state::say(const std::string& state) {
  if (settings_.state_changed)
    settings_.state_changed(state);
}

void supervisor_state::start() {
  say("starting");
  auto flow = try_start();
  if (!flow)
    return retry("the flow does not start: " + explain(flow.error()));
  flow_ = std::move(*flow);
  phase_ = phase::running;
  deaths_.clear();
  ++generation_;
  for (auto& x : flow_.actors) {
    self_->monitor(caf::actor_cast<caf::actor>(x.actor));
    restarts_.try_emplace(x.name, settings_.metrics, restarts_info,
                          metric_labels{{"actor", x.name}});
  }
  say("catching up");
  self_->request(flow_.handles.decoder, caf::infinite, atom::caught_up_v)
    .then(
      [this, generation = generation_](caf::ok_atom) {
        if (generation == generation_ && phase_ == phase::running)
          say("");
      },
      [](caf::error&) { /* the DECODER's end is told by its monitor */ });
}

caf::expected<started_flow> supervisor_state::try_start() {
  try {
    return settings_.start();
  } catch (const std::exception& e) {
    return fail(ec::exception, e.what());
  }
}

void supervisor_state::retry(const std::string& why) {
  wait(backoff_.failed(self_->clock().now()), why);
}

void supervisor_state::wait(std::chrono::steady_clock::duration delay,
                            const std::string& why) {
  due_ = self_->clock().now() + delay;
  phase_ = phase::waiting;
  spdlog::error(
    "{}; next start in {} s", why,
    std::chrono::duration_cast<std::chrono::seconds>(delay).count());
  say(why);
}

void supervisor_state::end_all(bool those_that_stay) {
  for (auto& x : flow_.actors)
    if (those_that_stay || !x.stays)
      self_->send_exit(caf::actor_cast<caf::actor>(x.actor),
                       caf::exit_reason::user_shutdown);
}

void supervisor_state::down(const caf::down_msg& x) {
  auto& actors = flow_.actors;
  auto i = std::find_if(actors.begin(), actors.end(), [&](auto& y) {
    return y.actor && y.actor->address() == x.source;
  });
  if (i == actors.end())
    return;
  if (phase_ == phase::running || phase_ == phase::ending)
    deaths_.push_back({i->name, x.reason, i->stays});
  actors.erase(i);
  if (phase_ == phase::running) {
    auto why = deaths_.front().who + " ended: " + explain(x.reason);
    spdlog::error("{}; the flow ends and starts again", why);
    say(why);
    phase_ = phase::ending;
    end_all(false);
  } else if (phase_ == phase::ending && !follows(x.reason)) {
    spdlog::error("{} ended as well: {}", deaths_.back().who,
                  explain(x.reason));
  }
  auto left = std::any_of(actors.begin(), actors.end(), [&](auto& y) {
    return phase_ == phase::stopping || !y.stays;
  });
  if (!left)
    all_ended();
}

void supervisor_state::all_ended() {
  for (auto& x : flow_.actors)
    self_->demonitor(x.actor->address());
  flow_ = {};
  if (phase_ == phase::stopping) {
    phase_ = phase::stopped;
    for (auto& x : stoppers_)
      x.deliver(caf::ok_atom_v);
    stoppers_.clear();
  } else if (phase_ == phase::ending) {
    conclude();
  }
}

void supervisor_state::conclude() {
  auto deaths = std::exchange(deaths_, {});
  auto root = std::find_if(deaths.begin(), deaths.end(),
                           [](auto& x) { return !follows(x.why); });
  if (root == deaths.end())
    root = deaths.begin();
  auto why = root->who + " ended: " + explain(root->why);
  restarts_.at(root->who).add();
  auto cured = false;
  for (auto i = deaths.begin(); i != deaths.end(); ++i)
    if (settings_.died && (i == root || i->stays))
      cured |= settings_.died(i->who, i->why);
  if (cured)
    wait({}, why);
  else
    retry(why);
}

void supervisor_state::stop_intake() {
  self_->request(flow_.handles.source, stop_timeout, atom::stop_v)
    .then([this](caf::ok_atom) { flush(); },
          [this](caf::error& err) {
            spdlog::warn("intake does not stop: {}", explain(err));
            flush();
          });
}

void supervisor_state::flush() {
  if (!settings_.flush_on_stop)
    return take_snapshot();
  self_
    ->request(flow_.handles.keeper, stop_timeout, atom::append_v,
              flush_request{})
    .then([this](const request_outcome&) { take_snapshot(); },
          [this](caf::error& err) {
            spdlog::warn("not all rows are written: {}", explain(err));
            take_snapshot();
          });
}

void supervisor_state::take_snapshot() {
  self_->request(flow_.handles.snapshotter, stop_timeout, atom::snapshot_v)
    .then([this](uint64_t) { end_all(true); },
          [this](caf::error& err) {
            spdlog::warn("no last snapshot: {}", explain(err));
            end_all(true);
          });
}

supervisor_actor::behavior_type
supervisor_state::make_behavior(supervisor_settings settings) {
  settings_ = std::move(settings);
  due_ = self_->clock().now();
  self_->set_down_handler([this](caf::down_msg& x) { down(x); });
  self_->send(self_, atom::tick_v);
  return {
    [this](atom::tick) {
      self_->delayed_send(self_, 100ms, atom::tick_v);
      if (phase_ == phase::waiting && self_->clock().now() >= due_)
        start();
    },
    [this](atom::stop) {
      auto result = self_->make_response_promise<caf::ok_atom>();
      stoppers_.push_back(result);
      auto before = std::exchange(phase_, phase::stopping);
      say("stopping");
      if (before == phase::running)
        stop_intake();
      else if (before == phase::ending)
        end_all(true);
      else if (before != phase::stopping)
        all_ended();
      return result;
    },
    [this](atom::flow) -> caf::result<flow_handles> {
      if (phase_ != phase::running)
        return fail(ec::shutting_down, "the flow does not run");
      return flow_.handles;
    },
  };
}

} // namespace rrdflow
