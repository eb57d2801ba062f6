#include "actors/serve/api/routes.hpp"

#include "actors/base/calendar.hpp"
#include "actors/base/json_writer.hpp"
#include "messages/request.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/sec.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>

namespace rrdflow {

namespace {

/// Threads that look at folders: a disk that hangs shall not use up more.
constexpr int max_readers = 2;

std::atomic<int> readers{0};

/// An array of objects, whose members `append(out, x)` writes.
template <class T, class F>
http_response show_list(const std::vector<T>& xs, F append) {
  json_writer out;
  out.begin_array();
  for (auto& x : xs) {
    out.begin_object();
    append(out, x);
    out.end_object();
  }
  out.end_array();
  return json_response(out.take());
}

void append_list(json_writer& out, std::string_view name,
                 const std::vector<std::string>& xs) {
  out.key(name);
  out.begin_array();
  for (auto& x : xs)
    out.value(std::string_view{x});
  out.end_array();
}

http_response show(const std::vector<quarantined_file>& xs) {
  return show_list(xs, [](json_writer& out, const quarantined_file& x) {
    out.member("file", std::string_view{x.file});
    out.member("was", std::string_view{x.was});
    out.member("bytes", x.bytes);
    out.member("time", std::string_view{iso_time(x.time)});
    out.member("reason", std::string_view{x.reason});
  });
}

http_response show(const request_outcome& x) {
  json_writer out;
  out.begin_object();
  out.member("rows", x.rows);
  out.member("files", x.files);
  append_list(out, "failures", x.failures);
  out.member("waiting", x.waiting);
  out.member("running", x.running);
  out.end_object();
  return json_response(out.take());
}

/// Has a request done by the flow.
template <class Request>
void append(const route_context& x, Request request) {
  x.ask(
    x.flow.keeper, flow_timeout,
    [x](const request_outcome& outcome) { x.respond(show(outcome)); },
    atom::append_v, std::move(request));
}

using differing_files = std::vector<differing_file>;

http_response show(const differing_files& files, uint64_t reshaped,
                   const std::vector<std::string>& failures) {
  json_writer out;
  out.begin_object();
  out.key("files");
  out.begin_array();
  for (auto& x : files) {
    out.begin_object();
    out.member("file", std::string_view{x.file});
    out.member("name", std::string_view{x.name});
    out.member("difference", std::string_view{x.difference});
    out.end_object();
  }
  out.end_array();
  out.member("reshaped", reshaped);
  append_list(out, "failures", failures);
  out.end_object();
  return json_response(out.take());
}

/// Says which of `files` have their shapes now.
void answer_reshaped(const route_context& x, const differing_files& files,
                     const std::string& glob) {
  x.ask(
    x.flow.catalog, lookup_timeout,
    [x, files](const differing_files& left) {
      std::vector<std::string> failures;
      for (auto& y : left)
        if (std::any_of(files.begin(), files.end(),
                        [&](auto& z) { return z.file == y.file; }))
          failures.push_back(y.trouble.empty() ? y.file + ": " + y.difference
                                               : y.trouble);
      x.respond(show(files, files.size() - failures.size(), failures));
    },
    atom::reshape_v, glob);
}

void reshape_from(const route_context& x, const differing_files& files,
                  const std::string& glob, size_t i) {
  if (i == files.size())
    return answer_reshaped(x, files, glob);
  constexpr std::string_view suffix = ".rrd";
  auto path = files[i].file.substr(0, files[i].file.size() - suffix.size());
  x.ask(
    x.flow.keeper, flow_timeout,
    [=](const request_outcome&) { reshape_from(x, files, glob, i + 1); },
    atom::append_v, to_forget({path, true}));
}

/// The parameters of query and body; nothing if the body is malformed, which is
/// answered.
std::optional<http_parameters> parameters_of(const route_context& x) {
  auto request = x.exchange->request();
  auto mistake = parse_body(request);
  if (mistake.empty())
    return std::move(request.parameters);
  x.respond(error_response(400, mistake));
  return std::nullopt;
}

void log_failure(const std::string& why, log_throttle& throttle) {
  if (!throttle.admit(std::chrono::steady_clock::now()))
    return;
  if (auto n = throttle.take_held(); n > 0)
    spdlog::warn("http: {} (and {} failures before)", why, n);
  else
    spdlog::warn("http: {}", why);
}

} // namespace

http_response response_of(const caf::error& x, log_throttle& failures) {
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
  log_failure(explain(x), failures);
  return error_response(500, explain(x));
}

void answer_flush(route_context x) {
  auto parameters = parameters_of(x);
  if (!parameters)
    return;
  auto* series = find(*parameters, "series");
  if (series == nullptr || series->empty())
    return append(x, flush_request{});
  x.ask(
    x.flow.catalog, lookup_timeout,
    [x, name = *series](const std::vector<series_info>& xs) {
      if (xs.empty())
        x.respond(error_response(404, "there is no such series"));
      else
        append(x, flush_request{name});
    },
    atom::list_v, exact_query(*series));
}

void answer_forget(route_context x) {
  auto parameters = parameters_of(x);
  if (!parameters)
    return;
  auto* pattern = find(*parameters, "pattern");
  if (pattern == nullptr || pattern->empty())
    return x.respond(error_response(400, "pattern: missing"));
  auto* text = find(*parameters, "delete");
  auto remove = text == nullptr ? std::optional{false} : parse_bool(*text);
  if (!remove)
    return x.respond(error_response(400, "delete: neither true nor false"));
  if (to_reshape(*pattern))
    return x.respond(error_response(400, "pattern: no name begins so"));
  append(x, forget_request{*pattern, *remove});
}

void answer_replay(route_context x) {
  if (!parameters_of(x))
    return;
  x.ask(
    x.flow.keeper, flow_timeout,
    [x](const request_outcome& outcome) {
      json_writer out;
      out.begin_object();
      out.member("messages", outcome.messages);
      out.member("decoded", outcome.decoded);
      append_list(out, "failures", outcome.failures);
      out.end_object();
      x.respond(json_response(out.take()));
    },
    atom::append_v, replay_request{});
}

namespace {

/// Has CATALOG compare the files of the series that match with what the rules
/// of now want of them, page by page, then calls `done`. It knows by itself
/// only of those that sent something since the rules changed.
void compare_files(const route_context& x, series_query query,
                   std::function<void()> done) {
  x.ask(
    x.flow.catalog, lookup_timeout,
    [x, query, done](const std::vector<series_info>& page) {
      if (page.empty())
        return done();
      auto next = query;
      next.after = page.back().name;
      x.ask(
        x.flow.decoder, lookup_timeout,
        [x, next, done](std::vector<new_series>& wanted) {
          x.ask(
            x.flow.catalog, flow_timeout,
            [x, next, done](caf::ok_atom) { compare_files(x, next, done); },
            atom::describe_v, std::move(wanted));
        },
        atom::describe_v, page);
    },
    atom::list_v, query);
}

} // namespace

void answer_reshape(route_context x) {
  auto parameters = parameters_of(x);
  if (!parameters)
    return;
  auto* glob = find(*parameters, "glob");
  if (glob == nullptr || glob->empty())
    return x.respond(error_response(400, "glob: missing"));
  auto* text = find(*parameters, "dry_run");
  auto dry_run = text == nullptr ? std::optional{false} : parse_bool(*text);
  if (!dry_run)
    return x.respond(error_response(400, "dry_run: neither true nor false"));
  series_query query;
  query.pattern = *glob;
  query.limit = 1000;
  query.exact = glob->find_first_of("*?") == std::string::npos;
  compare_files(x, query, [x, glob = *glob, dry_run = *dry_run] {
    x.ask(
      x.flow.catalog, lookup_timeout,
      [x, glob, dry_run](const differing_files& files) {
        if (dry_run)
          x.respond(show(files, 0, {}));
        else
          reshape_from(x, files, glob, 0);
      },
      atom::reshape_v, glob);
  });
}

void answer_dead(route_context x) {
  x.ask(
    x.flow.decoder, lookup_timeout,
    [x](const std::vector<dead_message>& xs) {
      x.respond(show_list(xs, [](json_writer& out, const dead_message& y) {
        out.member("time", std::string_view{iso_time(y.arrival)});
        out.member("topic", std::string_view{y.topic});
        out.member("payload", std::string_view{y.payload});
        out.member("reason", std::string_view{y.reason});
      }));
    },
    atom::dead_v);
}

void answer_quarantine(route_context x, const quarantine_reader& list) {
  if (!list)
    return x.respond(show(std::vector<quarantined_file>{}));
  if (++readers > max_readers) {
    --readers;
    return x.respond(error_response(503, "the disk has not answered yet"));
  }
  // The actor ends when its function returns.
  x.self->home_system().spawn<caf::detached>(
    [exchange = std::move(x.exchange), list](caf::event_based_actor*) {
      exchange->respond(show(list()));
      --readers;
    });
}

/// How many files cannot be written, and one of each writer, with the reason.
std::vector<std::string> files_waiting(const metric_registry& registry) {
  std::vector<std::string> result;
  auto n = static_cast<uint64_t>(registry.sum("files_waiting"));
  if (n == 0)
    return result;
  result.push_back(std::to_string(n)
                   + (n == 1 ? " file cannot" : " files cannot")
                   + " be written; its rows wait");
  for (auto& [labels, value] : registry.values("file_waiting"))
    result.push_back(labels[0].second + ": " + labels[1].second);
  return result;
}

void answer_readyz(const route_context& x, const std::string& reason,
                   const metric_registry& registry) {
  std::vector<std::string> reasons;
  if (!reason.empty())
    reasons.push_back(reason);
  if (x.flow.source) {
    if (registry.sum("mqtt_connected") < 1)
      reasons.emplace_back("broker not connected");
    for (auto& [labels, value] : registry.values("stalled"))
      if (value != 0)
        reasons.push_back("stalled: " + labels.front().second);
  }
  if (registry.sum("store_unwritable") > 0)
    reasons.emplace_back("nothing can be written to rrd/");
  json_writer out;
  out.begin_object();
  out.member("ready", reasons.empty());
  if (!reasons.empty())
    append_list(out, "reasons", reasons);
  if (auto waiting = files_waiting(registry); !waiting.empty())
    append_list(out, "waiting", waiting);
  out.end_object();
  x.respond(json_response(out.take(), reasons.empty() ? 200 : 503));
}

} // namespace rrdflow
