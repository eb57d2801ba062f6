#include "actors/serve/api/last_values.hpp"

#include "actors/base/calendar.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <memory>

namespace rrdflow {

namespace {

constexpr auto patience = std::chrono::seconds{10};

struct last_round {
  http_exchange_ptr exchange;
  std::function<void(const last_values&)> done;
  last_values values;
  caf::error failure;

  /// Shards that have not answered.
  size_t open = 0;

  void close() {
    if (--open > 0)
      return;
    if (failure)
      exchange->respond(response_of(failure));
    else
      done(values);
  }
};

} // namespace

void last_values::append(json_writer& out, const series_info& x,
                         int64_t now) const {
  out.member("name", std::string_view{x.name});
  out.member("file", std::string_view{x.file});
  out.member("source", std::string_view{x.source});
  out.member("rule", std::string_view{x.rule});
  out.member("topic", std::string_view{x.topic});
  out.member("path", std::string_view{x.path});
  out.member("step", x.step);
  out.member("heartbeat", x.heartbeat);
  out.member("alive", x.alive);
  auto i = values_.find({x.id, x.index});
  if (i == values_.end() || i->second.time == 0) {
    for (auto* name : {"time", "value", "age"}) {
      out.key(name);
      out.null();
    }
    out.member("stale", !x.alive);
    return;
  }
  auto millis = (now - i->second.time) / 1000000;
  out.member("time", std::string_view{iso_time(i->second.time)});
  out.member("value", i->second.value);
  out.member("age", static_cast<double>(millis) / 1000);
  out.member("stale",
             !x.alive || (x.heartbeat > 0 && millis / 1000 > x.heartbeat));
}

void collect_last_values(const route_context& context,
                         const std::vector<const series_info*>& series,
                         std::function<void(const last_values&)> done) {
  auto& shards = context.flow.shards;
  std::vector<std::vector<uint32_t>> files(shards.size());
  for (auto* x : series)
    if (x->shard < files.size())
      files[x->shard].push_back(x->id);
  auto round = std::make_shared<last_round>();
  round->exchange = context.exchange;
  round->done = std::move(done);
  round->open = 1;
  for (size_t i = 0; i < files.size(); ++i) {
    auto& xs = files[i];
    if (xs.empty())
      continue;
    std::sort(xs.begin(), xs.end());
    xs.erase(std::unique(xs.begin(), xs.end()), xs.end());
    ++round->open;
    context.self->request(shards[i], patience, atom::last_v, std::move(xs))
      .then(
        [round](const std::vector<last_value>& answer) {
          for (auto& x : answer)
            round->values.add(x);
          round->close();
        },
        [round](caf::error& x) {
          round->failure = std::move(x);
          round->close();
        });
  }
  round->close();
}

} // namespace rrdflow
