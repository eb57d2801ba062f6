#include "actors/janitoo/janitoo_node.hpp"

#include "actors/base/printable.hpp"
#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;

/// For SETTINGS to answer.
constexpr auto timeout = 10s;

} // namespace

janitoo_node_actor::behavior_type
janitoo_node_state::make_behavior(janitoo_settings settings) {
  settings_ = std::move(settings);
  engine_ = std::make_unique<janitoo_engine>(
    [this](std::string topic, std::string payload) {
      publish(std::move(topic), std::move(payload));
    },
    settings_.file_exists, settings_.metrics.get());
  auto dropped = [&](janitoo_refusal reason, auto number) {
    dropped_.emplace_back(
      settings_.metrics.get(), janitoo_engine::refused_info,
      [queue = settings_.queue, number] {
        return static_cast<double>(((*queue).*number)());
      },
      metric_labels{{"reason", to_string(reason)}});
  };
  dropped(janitoo_refusal::size, &node_queue::too_large);
  dropped(janitoo_refusal::overload, &node_queue::too_many);
  dropped(janitoo_refusal::retained, &node_queue::retained);
  engine_->configure(*settings_.configuration, now());
  settings_.queue->wake_with(
    [self = janitoo_node_actor{self_}] { caf::anon_send(self, atom::work_v); });
  self_->send(self_, atom::tick_v);
  return {
    [this](atom::flow, const flow_handles& x) { follow(x); },
    [this](atom::flow, const settings_actor& x) { keeper_of_settings_ = x; },
    [this](atom::configure, const config_ptr& x) {
      settings_.configuration = x;
      engine_->configure(*x, now());
    },
    [this](atom::work) { work(); },
    [this](atom::tick) {
      self_->delayed_send(self_, tick_interval, atom::tick_v);
      tick();
    },
    [this](atom::stop) {
      if (!left_)
        engine_->leave();
      left_ = true;
      return caf::ok_atom_v;
    },
  };
}

void janitoo_node_state::follow(const flow_handles& x) {
  // A promise that died with its actor sends nothing: what the old flow has not
  // answered is never answered. SETTINGS outlives flows; sets go on.
  ++generation_;
  flow_ = x;
  for (auto lost = std::exchange(flushing_, {}).size(); lost > 0; --lost)
    refuse(janitoo_refusal::flow);
  flush_waiting();
}

void janitoo_node_state::work() {
  auto& queue = *settings_.queue;
  auto messages = queue.take(at_once);
  if (left_)
    return;
  if (queue.up() && flow_ && connections_ != queue.connections()) {
    connections_ = queue.connections();
    engine_->connected(now());
  }
  for (auto& x : messages)
    if (auto task = engine_->receive(x.topic, x.payload))
      start(std::move(*task));
}

void janitoo_node_state::tick() {
  if (left_ || !flow_ || !settings_.queue->up())
    return;
  // The flow may have come after the connection.
  if (connections_ != settings_.queue->connections())
    work();
  engine_->tick(now());
}

void janitoo_node_state::start(janitoo_task x) {
  if (open_ >= max_open) {
    engine_->refuse(janitoo_refusal::overload);
    return;
  }
  ++open_;
  try {
    begin_task(std::move(x));
  } catch (...) {
    open_ -= open_ > 0;
    throw;
  }
}

void janitoo_node_state::begin_task(janitoo_task x) {
  if (!flow_) {
    refuse(janitoo_refusal::flow);
    return;
  }
  switch (x.what) {
    case janitoo_task::kind::flush:
      flush(std::move(x));
      break;
    case janitoo_task::kind::set:
      set(std::move(x));
      break;
    case janitoo_task::kind::reload:
      settings_.reload();
      done(x, "");
      break;
  }
}

void janitoo_node_state::flush(janitoo_task x) {
  // Those that come while one is done share the next.
  waiting_.push_back(std::move(x));
  if (flushing_.empty())
    flush_waiting();
}

void janitoo_node_state::flush_waiting() {
  flushing_ = std::exchange(waiting_, {});
  if (flushing_.empty())
    return;
  self_->request(flow_->keeper, caf::infinite, atom::append_v, flush_request{})
    .then(
      [this, from = generation_](const request_outcome& outcome) {
        // "Flushed" means that the rows are in their files.
        flushed(from, outcome.failures.empty() ? "" : outcome.failures.front());
      },
      [this, from = generation_](caf::error& err) {
        flushed(from, explain(err));
      });
}

void janitoo_node_state::flushed(uint64_t from, const std::string& failure) {
  if (from != generation_)
    return;
  auto tasks_done = std::exchange(flushing_, {});
  flush_waiting();
  if (!failure.empty())
    spdlog::warn("janitoo: no answer to a flush: {}", printable(failure));
  for (auto& x : tasks_done) {
    if (failure.empty())
      done(x, "");
    else
      refuse(janitoo_refusal::flow);
  }
}

void janitoo_node_state::set(janitoo_task x) {
  if (!keeper_of_settings_) {
    refuse(janitoo_refusal::setting);
    return;
  }
  auto what = x.setting;
  self_->request(keeper_of_settings_, timeout, atom::set_v, what)
    .then([this, x = std::move(x)](const std::string& data) { done(x, data); },
          [this, what](caf::error& err) {
            spdlog::warn("janitoo: {}.{} is not set: {}", printable(what.node),
                         what.key, explain(err));
            refuse(janitoo_refusal::setting);
          });
}

void janitoo_node_state::done(const janitoo_task& x, const std::string& data) {
  open_ -= open_ > 0;
  if (!left_)
    engine_->done(x, data);
}

void janitoo_node_state::refuse(janitoo_refusal x) {
  open_ -= open_ > 0;
  engine_->refuse(x);
}

void janitoo_node_state::publish(std::string topic, std::string payload) {
  if (flow_)
    self_->send(flow_->source, atom::publish_v, std::move(topic),
                std::move(payload));
}

int64_t janitoo_node_state::now() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
           self_->clock().now().time_since_epoch())
    .count();
}

} // namespace rrdflow
