#include "actors/serve/api/data_request.hpp"
#include "actors/serve/api/routes.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <memory>

namespace rrdflow {

namespace {

constexpr auto timeout = std::chrono::seconds{30};

/// One request for data on its way: CATALOG, the shard, its writer.
struct data_job {
  route_context context;
  data_request request;
  series_info series;
};

void show(const data_job& x, const std::vector<fetch_result>& results) {
  auto& sources = results.front().sources;
  auto i = std::find(sources.begin(), sources.end(), x.series.source);
  auto column = i == sources.end() ? size_t{x.series.index}
                                   : static_cast<size_t>(i - sources.begin());
  auto& request = x.request;
  auto response = request.format == data_format::columns
                    ? format_columns(request.read.functions, results, column)
                    : format_data(results.front(), column, request.format);
  if (!response)
    return x.context.refuse(response.error());
  x.context.respond(std::move(*response));
}

void read(const std::shared_ptr<data_job>& x) {
  auto& shards = x->context.flow.shards;
  if (x->series.shard >= shards.size())
    return x->context.refuse(fail(ec::shutting_down, "the flow is changing"));
  x->request.read.file = x->series.id;
  x->context.self
    ->request(shards[x->series.shard], timeout, atom::read_v, x->request.read)
    .then([x](const std::vector<fetch_result>& results) { show(*x, results); },
          [x](caf::error& err) {
            // A series without a file has no rows yet.
            if (err == ec::not_found)
              show(*x, {x->request.read.functions.size(),
                        fetch_result{0, 1, {x->series.source}, {}}});
            else
              x->context.refuse(err);
          });
}

} // namespace

void answer_data(route_context x) {
  auto request
    = parse_data_request(x.exchange->request().parameters, x.now / 1000000000);
  if (!request)
    return x.refuse(request.error());
  auto job = std::make_shared<data_job>(
    data_job{std::move(x), std::move(*request), {}});
  auto& context = job->context;
  context.ask(
    context.flow.catalog, timeout,
    [job](std::vector<series_info>& xs) {
      if (xs.empty())
        return job->context.refuse(
          fail(ec::not_found, "there is no such series"));
      job->series = std::move(xs.front());
      read(job);
    },
    atom::list_v, exact_query(job->request.series));
}

} // namespace rrdflow
