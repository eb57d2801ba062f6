#include "actors/base/calendar.hpp"
#include "runtime/cli/metric_lines.hpp"
#include "runtime/cli/series_pages.hpp"
#include "runtime/cli/text_table.hpp"
#include "runtime/cli/verbs.hpp"

#include <simdjson.h>

#include <ctime>
#include <utility>

namespace rrdflow {

int verb_stats(asker& service, bool json) {
  auto body = service.get("/metrics");
  if (!body)
    return service.code();
  auto lines = parse_metric_lines(*body);
  auto& out = service.terminal().out;
  if (json) {
    out << metrics_json(lines);
    return exit_ok;
  }
  text_table table{{"METRIC", "VALUE"}, {1}};
  for (auto& x : lines) {
    // A histogram's buckets are for machines.
    if (x.labels.find("{le=\"") != std::string::npos
        || x.labels.find(",le=\"") != std::string::npos)
      continue;
    table.add({for_terminal(x.name + x.labels), for_terminal(x.value)});
  }
  table.print(out);
  return exit_ok;
}

int verb_list(asker& service, const std::string& pattern) {
  auto& out = service.terminal().out;
  auto print = [&out](const std::vector<listed_series>& page) {
    text_table table{{"SERIES", "VALUE", "AGE"}, {1, 2}};
    for (auto& x : page)
      table.add({for_terminal(x.name), x.age < 0 ? "-" : print_number(x.value),
                 !x.alive    ? "dead"
                 : x.age < 0 ? "-"
                             : print_age(x.age)});
    table.print(out);
    return out.good();
  };
  for_each_page(service, pattern, print);
  return service.code();
}

int verb_fetch(asker& service, const fetch_options& x) {
  for (auto [name, text] : {std::pair{"--from", x.from}, {"--to", x.to}})
    if (!text.empty() && !parse_time(text, std::time(nullptr))) {
      service.fail(exit_usage, std::string{name} + ": \"" + text
                                 + "\" is neither epoch seconds nor ISO 8601 "
                                   "nor like -1h");
      return service.code();
    }
  query_parameters query{{"series", x.series}, {"format", x.format}};
  if (!x.from.empty())
    query.emplace_back("from", x.from);
  if (!x.to.empty())
    query.emplace_back("to", x.to);
  if (!x.function.empty())
    query.emplace_back("cf", x.function);
  if (auto body = service.get("/api/v1/data", query))
    service.terminal().out << *body;
  return service.code();
}

int verb_dead(asker& service) {
  auto body = service.get("/api/v1/dead");
  if (!body)
    return service.code();
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(*body).get(list) != simdjson::SUCCESS) {
    service.fail(exit_software, "the service's answer makes no sense");
    return service.code();
  }
  text_table table{{"TIME", "REASON", "TOPIC", "PAYLOAD"}};
  for (auto item : list) {
    std::vector<std::string> row;
    for (auto key : {"time", "reason", "topic", "payload"}) {
      std::string_view text;
      if (item[key].get(text) != simdjson::SUCCESS)
        text = "?";
      row.push_back(for_terminal(text));
    }
    table.add(std::move(row));
  }
  table.print(service.terminal().out);
  return exit_ok;
}

} // namespace rrdflow
