#include "actors/base/calendar.hpp"
#include "actors/serve/api/json_writer.hpp"
#include "actors/serve/http/request_text.hpp"
#include "actors/serve/http/routes.hpp"

#include <caf/sec.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace rrdflow {

namespace {

/// For a lookup.
constexpr auto patience = std::chrono::seconds{10};

/// For the whole flow to do something.
constexpr auto long_patience = std::chrono::seconds{60};

http_response show(const request_outcome& x) {
  json_writer out;
  out.begin_object();
  out.member("rows", x.rows);
  out.member("files", x.files);
  out.key("failures");
  out.begin_array();
  for (auto& text : x.failures)
    out.value(std::string_view{text});
  out.end_array();
  out.end_object();
  return json_response(out.take());
}

template <class Request>
void append(const route_context& x, Request request) {
  x.self
    ->request(x.flow.keeper, long_patience, atom::append_v, std::move(request))
    .then(
      [exchange = x.exchange](const request_outcome& outcome) {
        exchange->respond(show(outcome));
      },
      [exchange = x.exchange](caf::error& err) {
        exchange->respond(response_of(err));
      });
}

/// The parameters of query and body; nothing if the body is malformed, which is
/// answered.
std::optional<http_parameters> parameters_of(const route_context& x) {
  auto request = x.exchange->request();
  auto mistake = parse_body(request);
  if (mistake.empty())
    return std::move(request.parameters);
  x.exchange->respond(error_response(400, mistake));
  return std::nullopt;
}

/// Names what an answer failed of: a line in ten seconds, in one thread.
class failure_log {
public:
  void add(const std::string& why) {
    auto now = std::chrono::steady_clock::now();
    if (now < next_) {
      ++left_out_;
      return;
    }
    next_ = now + std::chrono::seconds{10};
    if (auto n = std::exchange(left_out_, 0); n > 0)
      spdlog::warn("http: {} (and {} failures before)", why, n);
    else
      spdlog::warn("http: {}", why);
  }

private:
  std::chrono::steady_clock::time_point next_;
  unsigned left_out_ = 0;
};

} // namespace

http_response response_of(const caf::error& x) {
  static failure_log log;
  if (x == ec::not_found)
    return error_response(404, explain(x));
  if (x == ec::too_large)
    return error_response(503, explain(x));
  if (x == ec::bad_request)
    return error_response(400, explain(x));
  if (x == caf::sec::request_timeout)
    return error_response(504, "the service did not answer in time");
  if (x.category() != caf::atom("rrdflow") || x == ec::shutting_down)
    return error_response(503, "the service is stopping or restarting");
  log.add(explain(x));
  return error_response(500, explain(x));
}

void answer_flush(route_context x) {
  auto parameters = parameters_of(x);
  if (!parameters)
    return;
  auto* series = find(*parameters, "series");
  if (series == nullptr || series->empty())
    return append(x, flush_request{});
  series_query query;
  query.pattern = *series;
  query.limit = 1;
  query.exact = true;
  auto context = std::make_shared<route_context>(std::move(x));
  context->self
    ->request(context->flow.catalog, patience, atom::list_v, std::move(query))
    .then(
      [context, name = *series](const std::vector<series_info>& xs) {
        if (xs.empty())
          context->exchange->respond(
            error_response(404, "there is no such series"));
        else
          append(*context, flush_request{name});
      },
      [context](caf::error& err) {
        context->exchange->respond(response_of(err));
      });
}

void answer_forget(route_context x) {
  auto parameters = parameters_of(x);
  if (!parameters)
    return;
  auto* pattern = find(*parameters, "pattern");
  if (pattern == nullptr || pattern->empty())
    return x.exchange->respond(error_response(400, "pattern: missing"));
  auto* text = find(*parameters, "delete");
  auto remove = text == nullptr ? std::optional{false} : parse_bool(*text);
  if (!remove)
    return x.exchange->respond(
      error_response(400, "delete: neither true nor false"));
  append(x, forget_request{*pattern, *remove});
}

void answer_dead(route_context x) {
  x.self->request(x.flow.decoder, patience, atom::dead_v)
    .then(
      [exchange = x.exchange](const std::vector<dead_message>& xs) {
        json_writer out;
        out.begin_array();
        for (auto& message : xs) {
          out.begin_object();
          out.member("time", std::string_view{iso_time(message.arrival)});
          out.member("topic", std::string_view{message.topic});
          out.member("payload", std::string_view{message.payload});
          out.member("reason", std::string_view{message.reason});
          out.end_object();
        }
        out.end_array();
        exchange->respond(json_response(out.take()));
      },
      [exchange = x.exchange](caf::error& err) {
        exchange->respond(response_of(err));
      });
}

} // namespace rrdflow
