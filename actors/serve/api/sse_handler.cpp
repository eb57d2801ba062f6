#include "actors/serve/api/sse_handler.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

constexpr auto timeout = std::chrono::seconds{2};

http_response busy(size_t clients) {
  auto result = error_response(503, "there are " + std::to_string(clients)
                                      + " live clients: no more at a time");
  result.headers.emplace_back("Retry-After", "5");
  return result;
}

} // namespace

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
  // While a flow restarts, the comments keep the connections.
  if (asking_ || !flow.catalog)
    return feed_.send(clock_(), fresh);
  asking_ = true;
  auto names = feed_.unresolved(clock_());
  auto done = [this, flow, fresh, names,
               from = generation_](gathered<std::vector<series_info>> found) {
    if (from == generation_)
      for (size_t i = 0; i < names.size(); ++i)
        if (auto& xs = found.answers[i]; !xs.empty())
          feed_.found(names[i], xs.front());
    ask_shards(flow, fresh, from);
  };
  gather_each<std::vector<series_info>>(names.size(), done, [&](size_t i) {
    return self_->request(flow.catalog, timeout, atom::list_v,
                          exact_query(names[i]));
  });
}

void sse_handler::ask_shards(const flow_handles& flow, bool fresh,
                             uint64_t from) {
  auto done
    = [this, fresh, from](const gathered<std::vector<last_value>>& answers) {
        if (from == generation_)
          for (auto& xs : answers.answers)
            feed_.update(xs);
        asking_ = false;
        feed_.send(clock_(), fresh);
      };
  auto files = from == generation_ ? feed_.files()
                                   : std::map<uint32_t, std::vector<file_id>>{};
  gather_last_values(self_, flow, std::move(files), timeout, done);
}

} // namespace rrdflow
