#include "actors/serve/http/http_server.hpp"

#include "actors/serve/api/routes.hpp"
#include "actors/serve/http/http_front.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <spdlog/spdlog.h>

#include <chrono>

namespace rrdflow {

namespace {

constexpr auto tick_interval = std::chrono::seconds{1};

} // namespace

http_server_state::~http_server_state() {
  if (daemon_)
    daemon_->stop();
}

http_server_actor::behavior_type
http_server_state::make_behavior(http_settings settings,
                                 std::shared_ptr<http_daemon> daemon,
                                 std::function<int64_t()> clock) {
  settings_ = std::move(settings);
  daemon_ = std::move(daemon);
  clock_ = std::move(clock);
  auto* registry = settings_.metrics.get();
  live_.emplace(self_, clock_, registry);
  process_.emplace(registry);
  build_info_.emplace(
    registry, metric_info{"build_info", "1, labelled with the version."},
    metric_labels{{"version", settings_.version}});
  build_info_->set(1);
  http_daemon::handlers handlers;
  handlers.front = http_front{settings_.token, settings_.hosts};
  handlers.back
    = [queue = queue_, self = http_server_actor{self_}](http_exchange_ptr x) {
        if (queue->push(std::move(x)))
          caf::anon_send(self, atom::work_v);
      };
  if (auto err = daemon_->start(std::move(handlers))) {
    spdlog::error("http: {}", explain(err));
    self_->quit(std::move(err));
  }
  for (auto& x : daemon_->addresses())
    spdlog::info("http: listening on {}", x);
  self_->delayed_send(self_, tick_interval, atom::tick_v);
  return {
    [this](atom::flow, flow_handles& x) {
      flow_ = std::move(x);
      live_->reset_places();
    },
    [this](atom::flow, std::string& x) { reason_ = std::move(x); },
    [this](atom::work) {
      for (auto& x : queue_->take())
        dispatch(std::move(x));
    },
    [this](atom::tick) {
      self_->delayed_send(self_, tick_interval, atom::tick_v);
      daemon_->end_overdue();
      live_->tick(flow_.value_or(flow_handles{}));
    },
  };
}

void http_server_state::dispatch(http_exchange_ptr x) {
  auto route = find_route(x->request().path);
  if (!route)
    return x->respond(error_response(404, "there is nothing at this address"));
  if (*route == http_route::metrics) {
    http_response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = settings_.metrics->text();
    return x->respond(std::move(response));
  }
  if (*route == http_route::live)
    return live_->answer(*x, flow_.value_or(flow_handles{}));
  route_context context{self_, flow_.value_or(flow_handles{}), std::move(x),
                        clock_(), &failures_};
  if (*route == http_route::readyz)
    return answer_readyz(context, flow_ ? reason_ : "starting",
                         *settings_.metrics);
  if (*route == http_route::quarantine)
    return answer_quarantine(std::move(context), settings_.quarantine);
  if (!flow_)
    return context.respond(error_response(503, "starting"));
  switch (*route) {
    case http_route::series:
      return answer_series(std::move(context));
    case http_route::tree:
      return answer_tree(std::move(context));
    case http_route::data:
      return answer_data(std::move(context));
    case http_route::dead:
      return answer_dead(std::move(context));
    case http_route::why:
      return answer_why(std::move(context));
    case http_route::flush:
      return answer_flush(std::move(context));
    case http_route::forget:
      return answer_forget(std::move(context));
    case http_route::reshape:
      return answer_reshape(std::move(context));
    case http_route::replay:
      return answer_replay(std::move(context));
    case http_route::rrd_index:
      return files_.answer_index(std::move(context));
    case http_route::rrd_file:
      return files_.answer_file(std::move(context));
    default:
      break;
  }
}

} // namespace rrdflow
