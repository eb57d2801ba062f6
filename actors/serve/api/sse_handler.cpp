#include "actors/serve/api/sse_handler.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace rrdflow {

namespace {

constexpr auto patience = std::chrono::seconds{2};

http_response busy(size_t clients) {
  auto result = error_response(503, "there are " + std::to_string(clients)
                                      + " live clients: no more at a time");
  result.headers.emplace_back("Retry-After", "5");
  return result;
}

} // namespace

struct sse_handler::round {
  flow_handles flow;
  uint64_t generation = 0;
  bool fresh = false;

  /// Answers that are missing, and one more until all are asked for.
  size_t open = 1;
};

void sse_handler::answer(http_exchange& x, const flow_handles& flow) {
  std::vector<std::string> names;
  for (auto& [name, value] : x.request().parameters)
    if (name == "series" && !value.empty()
        && std::find(names.begin(), names.end(), value) == names.end())
      names.push_back(value);
  auto most = feed_.limits().series;
  if (names.empty() || names.size() > most)
    return x.respond(error_response(
      400, "series: name 1 to " + std::to_string(most) + " of them"));
  http_response response;
  response.content_type = "text/event-stream";
  // A proxy must not collect what is small.
  response.headers.emplace_back("X-Accel-Buffering", "no");
  if (x.request().method == http_method::head)
    return x.respond(std::move(response));
  response.stream = feed_.add(names);
  if (!response.stream)
    return x.respond(busy(feed_.limits().clients));
  x.respond(std::move(response));
  poll(flow, true);
}

void sse_handler::tick(const flow_handles& flow) {
  feed_.sweep();
  poll(flow, false);
}

void sse_handler::poll(const flow_handles& flow, bool fresh) {
  if (feed_.empty())
    return;
  // While a flow restarts clients hear that we are still there.
  if (asking_ || !flow.catalog)
    return feed_.tell(clock_(), fresh);
  asking_ = true;
  ask_catalog(
    std::make_shared<round>(round{flow, generation_, fresh, size_t{1}}));
}

void sse_handler::ask_catalog(const std::shared_ptr<round>& x) {
  auto close = [this, x] {
    if (--x->open == 0)
      ask_shards(x);
  };
  for (auto& name : feed_.lost(clock_())) {
    ++x->open;
    series_query query;
    query.pattern = name;
    query.limit = 1;
    query.exact = true;
    self_->request(x->flow.catalog, patience, atom::list_v, std::move(query))
      .then(
        [this, x, close, name](std::vector<series_info>& xs) {
          if (x->generation == generation_ && !xs.empty())
            feed_.found(name, std::move(xs.front()));
          close();
        },
        [close](caf::error&) { close(); });
  }
  close();
}

void sse_handler::ask_shards(const std::shared_ptr<round>& x) {
  x->open = 1;
  auto close = [this, x] {
    if (--x->open > 0)
      return;
    asking_ = false;
    feed_.tell(clock_(), x->fresh);
  };
  if (x->generation == generation_)
    for (auto& [shard, files] : feed_.files()) {
      if (shard >= x->flow.shards.size())
        continue;
      ++x->open;
      self_->request(x->flow.shards[shard], patience, atom::last_v, files)
        .then(
          [this, x, close](const std::vector<last_value>& xs) {
            if (x->generation == generation_)
              feed_.heard(xs);
            close();
          },
          [close](caf::error&) { close(); });
    }
  close();
}

} // namespace rrdflow
