#include "actors/serve/api/last_values.hpp"
#include "actors/serve/http/routes.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <charconv>
#include <memory>
#include <optional>

namespace rrdflow {

namespace {

constexpr auto patience = std::chrono::seconds{10};

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
/// in it. `series_in` says which one an element has, if any; `append` writes an
/// element's members.
template <class T, class Query, class SeriesIn, class Append>
void answer_page(route_context x, Query query, SeriesIn series_in,
                 Append append) {
  auto context = std::make_shared<route_context>(std::move(x));
  auto found = [=](std::vector<T>& xs) {
    auto page = std::make_shared<std::vector<T>>(std::move(xs));
    std::vector<const series_info*> series;
    for (auto& element : *page)
      if (auto* one = series_in(element))
        series.push_back(one);
    collect_last_values(*context, series, [=](const last_values& last) {
      json_writer out;
      out.reserve(page->size() * 256);
      out.begin_array();
      for (auto& element : *page) {
        out.begin_object();
        append(out, element, last, context->now);
        out.end_object();
      }
      out.end_array();
      context->exchange->respond(json_response(out.take()));
    });
  };
  context->self
    ->request(context->flow.catalog, patience, atom::list_v, std::move(query))
    .then(found, [context](caf::error& err) {
      context->exchange->respond(response_of(err));
    });
}

} // namespace

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
    [](json_writer& out, const series_info& s, const last_values& last,
       int64_t now) { last.append(out, s, now); });
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
    return x.exchange->respond(
      error_response(400, "prefix: does not end with a slash"));
  answer_page<tree_node>(
    std::move(x), std::move(query),
    [](const tree_node& n) { return n.count == 1 ? &n.series : nullptr; },
    [](json_writer& out, const tree_node& n, const last_values& last,
       int64_t now) {
      out.member("node", std::string_view{n.path});
      out.member("count", n.count);
      if (n.count == 1)
        last.append(out, n.series, now);
    });
}

} // namespace rrdflow
