#include "actors/serve/api/data_request.hpp"
#include "actors/serve/http/routes.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <memory>

namespace rrdflow {

namespace {

constexpr auto patience = std::chrono::seconds{30};

/// One request for data on its way: CATALOG, the shard, the writer. Lives as
/// long as somebody owes it an answer.
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
    ask<std::vector<series_info>>(context_.flow.catalog, &data_job::found,
                                  atom::list_v, std::move(query));
  }

private:
  /// Sends a request whose answer `next` takes; an error is the response.
  template <class T, class Handle, class... Ts>
  void ask(const Handle& whom, void (data_job::*next)(T&), Ts&&... xs) {
    auto job = shared_from_this();
    context_.self->request(whom, patience, std::forward<Ts>(xs)...)
      .then([job, next](T& x) { ((*job).*next)(x); },
            [job](caf::error& x) { job->refuse(x); });
  }

  void refuse(const caf::error& x) {
    context_.exchange->respond(response_of(x));
  }

  void found(std::vector<series_info>& xs) {
    if (xs.empty())
      return refuse(fail(ec::not_found, "there is no such series"));
    series_ = std::move(xs.front());
    auto& flow = context_.flow;
    if (series_.shard >= std::min(flow.shards.size(), flow.writers.size()))
      return refuse(fail(ec::shutting_down, "the flow is changing"));
    ask<waiting_rows>(flow.shards[series_.shard], &data_job::waits,
                      atom::waiting_v, series_.id);
  }

  /// The shard is asked before the writer: rows that are on their way from the
  /// one to the other are then seen twice, never missed.
  void waits(waiting_rows& x) {
    job_.waiting = std::move(x.rows);
    if (x.known && x.definition)
      return read(std::move(x.definition));
    ask<std::vector<file_info>>(writer(), &data_job::described,
                                atom::describe_v,
                                std::vector<file_id>{series_.id});
  }

  void described(std::vector<file_info>& xs) {
    if (xs.empty() || !xs.front().exists)
      return show_nothing();
    if (!xs.front().definition)
      return refuse(fail(ec::damaged, series_.file + ": " + xs.front().error));
    read(std::move(xs.front().definition));
  }

  void read(definition_ptr definition) {
    constexpr int64_t second = 1000000000;
    auto resolution
      = bounded_resolution(request_, *definition, context_.now / second);
    if (!resolution)
      return refuse(resolution.error());
    job_.file = series_.id;
    job_.definition = std::move(definition);
    job_.from = request_.from;
    job_.to = request_.to;
    job_.resolution = *resolution;
    read_next();
  }

  /// One function after the other.
  void read_next() {
    job_.function = request_.functions[results_.size()];
    auto job = shared_from_this();
    context_.self->request(writer(), patience, atom::read_v, job_)
      .then([job](fetch_result& x) { job->take(std::move(x)); },
            [job](caf::error& x) {
              // The first function has an archive; a band needs the others,
              // but its line does not.
              if (x == ec::not_found)
                job->show_nothing(); // known, but never written
              else if (job->results_.empty())
                job->refuse(x);
              else
                job->take({});
            });
  }

  void take(fetch_result x) {
    results_.emplace_back(job_.function, std::move(x));
    if (results_.size() < request_.functions.size())
      return read_next();
    show();
  }

  void show() {
    auto& x = results_.front().second;
    auto i = std::find(x.sources.begin(), x.sources.end(), series_.source);
    auto column = i == x.sources.end()
                    ? size_t{series_.index}
                    : static_cast<size_t>(i - x.sources.begin());
    auto response = request_.format == data_format::columns
                      ? format_columns(results_, column)
                      : format_data(x, column, request_.format);
    if (!response)
      return refuse(response.error());
    context_.exchange->respond(std::move(*response));
  }

  void show_nothing() {
    results_.clear();
    for (auto f : request_.functions)
      results_.emplace_back(f, fetch_result{0, 1, {series_.source}, {}});
    show();
  }

  const rrd_writer_actor& writer() const {
    return context_.flow.writers[series_.shard];
  }

  route_context context_;
  data_request request_;
  series_info series_;
  read_job job_;
  std::vector<std::pair<consolidation, fetch_result>> results_;
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
