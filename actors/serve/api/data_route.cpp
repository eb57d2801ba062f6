#include "actors/serve/api/data_request.hpp"
#include "actors/serve/http/routes.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <memory>

namespace rrdflow {

namespace {

constexpr auto timeout = std::chrono::seconds{30};

/// One request for data on its way: CATALOG, the shard, its writer. Lives until
/// the response.
class data_job : public std::enable_shared_from_this<data_job> {
public:
  data_job(route_context context, data_request request)
    : context_{std::move(context)}, request_{std::move(request)} {
    // nop
  }

  void begin() {
    series_query query;
    query.pattern = request_.series;
    query.limit = 1;
    query.exact = true;
    context_.self
      ->request(context_.flow.catalog, timeout, atom::list_v, std::move(query))
      .then([job = shared_from_this()](
              std::vector<series_info>& xs) { job->read(xs); },
            [job = shared_from_this()](caf::error& x) { job->refuse(x); });
  }

private:
  void refuse(const caf::error& x) {
    context_.exchange->respond(response_of(x));
  }

  void read(std::vector<series_info>& xs) {
    if (xs.empty())
      return refuse(fail(ec::not_found, "there is no such series"));
    series_ = std::move(xs.front());
    auto& shards = context_.flow.shards;
    if (series_.shard >= shards.size())
      return refuse(fail(ec::shutting_down, "the flow is changing"));
    request_.read.file = series_.id;
    context_.self
      ->request(shards[series_.shard], timeout, atom::read_v, request_.read)
      .then([job = shared_from_this()](
              const std::vector<fetch_result>& results) { job->show(results); },
            [job = shared_from_this()](caf::error& x) {
              // A series without a file has no rows yet.
              if (x == ec::not_found)
                job->show({job->request_.read.functions.size(),
                           fetch_result{0, 1, {job->series_.source}, {}}});
              else
                job->refuse(x);
            });
  }

  void show(const std::vector<fetch_result>& results) {
    auto& sources = results.front().sources;
    auto i = std::find(sources.begin(), sources.end(), series_.source);
    auto column = i == sources.end() ? size_t{series_.index}
                                     : static_cast<size_t>(i - sources.begin());
    auto response = request_.format == data_format::columns
                      ? format_columns(request_.read.functions, results, column)
                      : format_data(results.front(), column, request_.format);
    if (!response)
      return refuse(response.error());
    context_.exchange->respond(std::move(*response));
  }

  route_context context_;
  data_request request_;
  series_info series_;
};

} // namespace

void answer_data(route_context x) {
  auto request
    = parse_data_request(x.exchange->request().parameters, x.now / 1000000000);
  if (!request)
    return x.exchange->respond(response_of(request.error()));
  std::make_shared<data_job>(std::move(x), std::move(*request))->begin();
}

} // namespace rrdflow
