#include "actors/serve/api/series_route.hpp"

#include "actors/base/calendar.hpp"
#include "actors/serve/api/routes.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

namespace rrdflow {

namespace {

constexpr uint32_t default_limit = 100;

constexpr uint32_t max_limit = 10000;

/// The parameter `limit`; nothing if it is none, which is answered.
std::optional<uint32_t> limit_of(http_exchange& x) {
  auto result = default_limit;
  auto* text = find(x.request().parameters, "limit");
  if (text == nullptr || text->empty())
    return result;
  auto end = text->data() + text->size();
  auto read = std::from_chars(text->data(), end, result);
  if (read.ec == std::errc{} && read.ptr == end && result >= 1
      && result <= max_limit)
    return result;
  x.respond(error_response(400, "limit: not a number from 1 to "
                                  + std::to_string(max_limit)));
  return std::nullopt;
}

std::string text_of(const http_exchange& x, std::string_view name) {
  auto* text = find(x.request().parameters, name);
  return text == nullptr ? std::string{} : *text;
}

/// Asks CATALOG for a page of `T`, and shards for the last values of the series
/// in it. `series_in` says which one an element has, if any; `append_to` writes
/// an element's members.
template <class T, class Query, class SeriesIn, class AppendTo>
void answer_page(route_context x, Query query, SeriesIn series_in,
                 AppendTo append_to) {
  auto found = [=](std::vector<T>& xs) {
    std::map<uint32_t, std::vector<file_id>> files;
    for (auto& element : xs)
      if (const series_info* one = series_in(element))
        files[one->shard].push_back(one->id);
    auto page = std::make_shared<std::vector<T>>(std::move(xs));
    auto show = [=](const gathered<std::vector<last_value>>& answers) {
      if (answers.error)
        return x.refuse(answers.error);
      auto last = by_source(answers.answers);
      json_writer out;
      out.reserve(page->size() * 256);
      out.begin_array();
      for (auto& element : *page) {
        out.begin_object();
        append_to(out, element, last, x.now);
        out.end_object();
      }
      out.end_array();
      x.respond(json_response(out.take()));
    };
    gather_last_values(x.self, x.flow, std::move(files), lookup_timeout, show);
  };
  x.ask(x.flow.catalog, lookup_timeout, found, atom::list_v, std::move(query));
}

} // namespace

last_values by_source(const std::vector<std::vector<last_value>>& answers) {
  last_values result;
  for (auto& values : answers)
    for (auto& x : values)
      result[{x.file, x.source}] = x;
  return result;
}

void append_series(json_writer& out, const series_info& x,
                   const last_values& last, int64_t now) {
  out.member("name", std::string_view{x.name});
  out.member("file", std::string_view{x.file});
  out.member("source", std::string_view{x.source});
  out.member("rule", std::string_view{x.rule});
  out.member("topic", std::string_view{x.topic});
  out.member("path", std::string_view{x.path});
  out.member("step", x.step);
  auto i = last.find({x.id, x.index});
  auto heartbeat = i != last.end() && i->second.heartbeat != 0
                     ? i->second.heartbeat
                     : x.heartbeat;
  out.member("heartbeat", heartbeat);
  out.member("alive", x.alive);
  if (i == last.end() || i->second.time == 0) {
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
  out.member("stale", !x.alive || (heartbeat > 0 && millis / 1000 > heartbeat));
}

void gather_last_values(
  http_server_actor::pointer self, const flow_handles& flow,
  std::map<uint32_t, std::vector<file_id>> files, std::chrono::seconds timeout,
  std::function<void(gathered<std::vector<last_value>>)> done) {
  files.erase(files.lower_bound(static_cast<uint32_t>(flow.shards.size())),
              files.end());
  auto next = files.begin();
  gather_each<std::vector<last_value>>(
    files.size(), std::move(done), [&](size_t) {
      auto& [shard, ids] = *next++;
      std::sort(ids.begin(), ids.end());
      ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
      return self->request(flow.shards[shard], timeout, atom::last_v, ids);
    });
}

void answer_series(route_context x) {
  auto limit = limit_of(*x.exchange);
  if (!limit)
    return;
  series_query query;
  query.limit = *limit;
  query.after = text_of(*x.exchange, "after");
  query.pattern = text_of(*x.exchange, "query");
  if (auto name = text_of(*x.exchange, "name"); !name.empty()) {
    query.pattern = std::move(name);
    query.exact = true;
  }
  answer_page<series_info>(
    std::move(x), std::move(query), [](const series_info& s) { return &s; },
    append_series);
}

void answer_tree(route_context x) {
  auto limit = limit_of(*x.exchange);
  if (!limit)
    return;
  tree_query query;
  query.limit = *limit;
  query.after = text_of(*x.exchange, "after");
  query.prefix = text_of(*x.exchange, "prefix");
  if (!query.prefix.empty() && query.prefix.back() != '/')
    return x.respond(error_response(400, "prefix: does not end with a slash"));
  answer_page<tree_node>(
    std::move(x), std::move(query),
    [](const tree_node& n) { return n.count == 1 ? &n.series : nullptr; },
    [](json_writer& out, const tree_node& n, const last_values& last,
       int64_t now) {
      out.member("node", std::string_view{n.path});
      out.member("count", n.count);
      if (n.count == 1)
        append_series(out, n.series, last, now);
    });
}

} // namespace rrdflow
