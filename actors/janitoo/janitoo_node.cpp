#include "actors/janitoo/janitoo_node.hpp"

#include "actors/base/printable.hpp"
#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;

/// For answers that need no disk.
constexpr auto patience = 10s;

double sum_of(const metrics& xs, const char* name) {
  auto result = 0.0;
  for (auto& x : xs)
    if (x.name == name)
      result += x.value;
  return result;
}

std::string count_text(double x) {
  return json_text(static_cast<int64_t>(x));
}

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
      [line = settings_.line, number] {
        return static_cast<double>(((*line).*number)());
      },
      metric_labels{{"reason", to_string(reason)}});
  };
  dropped(janitoo_refusal::size, &node_queue::too_large);
  dropped(janitoo_refusal::overload, &node_queue::too_many);
  dropped(janitoo_refusal::retained, &node_queue::retained);
  engine_->configure(*settings_.configuration, now());
  settings_.line->wake_with(
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
  auto lost = std::exchange(counting_, 0) + flushing_.size();
  flushing_.clear();
  for (; lost > 0; --lost)
    refuse(janitoo_refusal::flow);
  flush_waiting();
}

void janitoo_node_state::work() {
  auto& line = *settings_.line;
  auto messages = line.take(at_once);
  if (left_)
    return;
  if (line.up() && flow_ && connections_ != line.connections()) {
    connections_ = line.connections();
    engine_->connected(now());
  }
  for (auto& x : messages)
    start(engine_->receive(x.topic, x.payload));
}

void janitoo_node_state::tick() {
  if (left_ || !flow_ || !settings_.line->up())
    return;
  // The flow may have come after the connection.
  if (connections_ != settings_.line->connections())
    work();
  start(engine_->tick(now()));
}

void janitoo_node_state::start(tasks xs) {
  for (auto& x : xs)
    start(std::move(x));
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
    case janitoo_task::kind::count_files:
      count_files(std::move(x));
      break;
    case janitoo_task::kind::count_rows:
      count_rows(std::move(x));
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
  self_->request(keeper_of_settings_, patience, atom::set_v, what)
    .then([this, x = std::move(x)](const std::string& data) { done(x, data); },
          [this, what](caf::error& err) {
            spdlog::warn("janitoo: {}.{} is not set: {}", printable(what.node),
                         what.key, explain(err));
            refuse(janitoo_refusal::setting);
          });
}

void janitoo_node_state::count_files(janitoo_task x) {
  auto round = begin_count(std::move(x), 1);
  self_->request(flow_->catalog, patience, atom::stats_v)
    .then([this,
           round](const metrics& xs) { counted(*round, sum_of(xs, "files")); },
          [this, round](caf::error&) { counted(*round, std::nullopt); });
}

void janitoo_node_state::count_rows(janitoo_task x) {
  auto round = begin_count(std::move(x), flow_->shards.size());
  for (auto& shard : flow_->shards)
    self_->request(shard, patience, atom::stats_v)
      .then(
        [this, round](const metrics& xs) {
          counted(*round, sum_of(xs, "rows_waiting"));
        },
        [this, round](caf::error&) { counted(*round, std::nullopt); });
}

std::shared_ptr<janitoo_node_state::count>
janitoo_node_state::begin_count(janitoo_task x, size_t answers) {
  ++counting_;
  auto result = std::make_shared<count>();
  result->task = std::move(x);
  result->generation = generation_;
  result->open = answers;
  return result;
}

void janitoo_node_state::counted(count& x, std::optional<double> number) {
  if (x.generation != generation_)
    return;
  x.sum += number.value_or(0);
  x.failed |= !number;
  if (--x.open > 0)
    return;
  --counting_;
  if (x.failed)
    refuse(janitoo_refusal::flow);
  else
    done(x.task, count_text(x.sum));
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

janitoo_node_actor::behavior_type
janitoo_node(janitoo_node_actor::stateful_pointer<janitoo_node_state> self,
             janitoo_settings settings) {
  return self->state.make_behavior(std::move(settings));
}

} // namespace rrdflow
