#include "actors/serve/json_writer.hpp"
#include "actors/serve/routes.hpp"
#include "actors/serve/time_text.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

namespace rrdflow {

namespace {

constexpr auto patience = std::chrono::seconds{10};

constexpr uint32_t default_limit = 100;

constexpr uint32_t max_limit = 10000;

/// One page of series on its way.
struct series_page {
  route_context context;
  std::vector<series_info> series;

  /// By file and source.
  std::map<std::pair<file_id, uint16_t>, last_value> last;

  /// Shards that have not answered.
  size_t open = 0;
  caf::error failure;

  void respond() const;
};

void series_page::respond() const {
  if (failure)
    return context.exchange->respond(response_of(failure));
  json_writer out;
  out.reserve(series.size() * 256);
  out.begin_array();
  for (auto& x : series) {
    out.begin_object();
    out.member("name", std::string_view{x.name});
    out.member("file", std::string_view{x.file});
    out.member("source", std::string_view{x.source});
    out.member("rule", std::string_view{x.rule});
    out.member("topic", std::string_view{x.topic});
    out.member("path", std::string_view{x.path});
    out.member("alive", x.alive);
    auto i = last.find({x.id, x.index});
    if (i == last.end() || i->second.time == 0) {
      for (auto* name : {"time", "value", "age"}) {
        out.key(name);
        out.null();
      }
    } else {
      out.member("time", std::string_view{iso_time(i->second.time)});
      out.member("value", i->second.value);
      auto millis = (context.now - i->second.time) / 1000000;
      out.member("age", static_cast<double>(millis) / 1000);
    }
    out.end_object();
  }
  out.end_array();
  context.exchange->respond(json_response(out.take()));
}

void ask_shards(const std::shared_ptr<series_page>& page) {
  auto& flow = page->context.flow;
  std::vector<std::vector<uint32_t>> files(flow.shards.size());
  for (auto& x : page->series)
    if (x.shard < files.size())
      files[x.shard].push_back(x.id);
  for (auto& xs : files) {
    std::sort(xs.begin(), xs.end());
    xs.erase(std::unique(xs.begin(), xs.end()), xs.end());
    page->open += !xs.empty();
  }
  if (page->open == 0)
    return page->respond();
  auto done = [](series_page& x) {
    if (--x.open == 0)
      x.respond();
  };
  for (size_t i = 0; i < files.size(); ++i) {
    if (files[i].empty())
      continue;
    page->context.self
      ->request(flow.shards[i], patience, atom::last_v, std::move(files[i]))
      .then(
        [page, done](const std::vector<last_value>& xs) {
          for (auto& x : xs)
            page->last[{x.file, x.source}] = x;
          done(*page);
        },
        [page, done](caf::error& x) {
          page->failure = std::move(x);
          done(*page);
        });
  }
}

} // namespace

void answer_series(route_context x) {
  series_query query;
  query.limit = default_limit;
  auto& parameters = x.exchange->request().parameters;
  if (auto* text = find(parameters, "query"))
    query.pattern = *text;
  if (auto* text = find(parameters, "after"))
    query.after = *text;
  if (auto* text = find(parameters, "limit"); text && !text->empty()) {
    auto end = text->data() + text->size();
    auto read = std::from_chars(text->data(), end, query.limit);
    if (read.ec != std::errc{} || read.ptr != end || query.limit < 1
        || query.limit > max_limit)
      return x.exchange->respond(error_response(
        400, "limit: not a number from 1 to " + std::to_string(max_limit)));
  }
  auto page = std::make_shared<series_page>();
  page->context = std::move(x);
  auto& context = page->context;
  context.self
    ->request(context.flow.catalog, patience, atom::list_v, std::move(query))
    .then(
      [page](std::vector<series_info>& xs) {
        page->series = std::move(xs);
        ask_shards(page);
      },
      [page](caf::error& err) {
        page->context.exchange->respond(response_of(err));
      });
}

} // namespace rrdflow
