#include "actors/serve/api/json_writer.hpp"
#include "actors/serve/http/routes.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>

namespace rrdflow {

namespace {

constexpr auto patience = std::chrono::seconds{2};

/// Answers on their way to one sum.
struct stats_round {
  http_server_actor::pointer self;
  std::function<void(prometheus_text&)> done;
  prometheus_text sum;

  /// One more than there are open requests until all are sent.
  size_t open = 1;

  void close() {
    if (--open == 0)
      done(sum);
  }
};

template <class Handle>
void ask(const std::shared_ptr<stats_round>& round, const Handle& whom) {
  if (!whom)
    return;
  ++round->open;
  round->self->request(whom, patience, atom::stats_v)
    .then(
      [round](const metrics& xs) {
        round->sum.add(xs);
        round->close();
      },
      [round](caf::error&) { round->close(); });
}

std::shared_ptr<stats_round>
make_round(http_server_actor::pointer self,
           std::function<void(prometheus_text&)> done) {
  auto result = std::make_shared<stats_round>();
  result->self = self;
  result->done = std::move(done);
  return result;
}

void show_readiness(http_exchange& exchange,
                    const std::vector<std::string>& reasons) {
  json_writer out;
  out.begin_object();
  out.member("ready", reasons.empty());
  if (!reasons.empty()) {
    out.key("reasons");
    out.begin_array();
    for (auto& x : reasons)
      out.value(std::string_view{x});
    out.end_array();
  }
  out.end_object();
  exchange.respond(json_response(out.take(), reasons.empty() ? 200 : 503));
}

} // namespace

void collect_stats(http_server_actor::pointer self, const flow_handles& flow,
                   std::function<void(prometheus_text&)> done) {
  auto round = make_round(self, std::move(done));
  ask(round, flow.source);
  ask(round, flow.keeper);
  ask(round, flow.decoder);
  ask(round, flow.catalog);
  for (auto& x : flow.shards)
    ask(round, x);
  for (auto& x : flow.writers)
    ask(round, x);
  round->close();
}

void answer_readyz(route_context x, const std::string& reason) {
  std::vector<std::string> reasons;
  if (!reason.empty())
    reasons.push_back(reason);
  if (!x.flow.source)
    return show_readiness(*x.exchange, reasons);
  auto done = [exchange = x.exchange, reasons](prometheus_text& sum) mutable {
    auto connected = sum.values("rrdflow_mqtt_connected");
    if (connected.empty() || connected.begin()->second < 1)
      reasons.emplace_back("broker not connected");
    for (auto& [labels, value] : sum.values("rrdflow_stalled"))
      if (value != 0)
        reasons.push_back(
          "stalled: "
          + (labels.empty() ? std::string{"intake"} : labels.front().second));
    show_readiness(*exchange, reasons);
  };
  auto round = make_round(x.self, std::move(done));
  ask(round, x.flow.source);
  ask(round, x.flow.keeper);
  round->close();
}

} // namespace rrdflow
