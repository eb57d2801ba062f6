#include "actors/base/calendar.hpp"
#include "runtime/cli/asker.hpp"
#include "runtime/cli/metric_lines.hpp"
#include "runtime/cli/text_table.hpp"
#include "runtime/cli/verbs.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

namespace rrdflow {

namespace {

using namespace simdjson;

/// A series as the service lists it.
struct listed_series {
  std::string name;
  bool alive = true;

  /// Of the newest reading; NaN: there was none since the service started, or
  /// it was unknown.
  double value = std::numeric_limits<double>::quiet_NaN();

  /// Seconds since the newest reading, which may be a little ahead; NaN: there
  /// was none.
  double age = std::numeric_limits<double>::quiet_NaN();
};

using series_page = std::vector<listed_series>;

std::optional<series_page> parse_page(const std::string& body) {
  series_page result;
  dom::parser parser;
  dom::array list;
  if (parser.parse(body).get(list) != SUCCESS)
    return std::nullopt;
  for (auto item : list) {
    listed_series x;
    std::string_view name;
    if (item["name"].get(name) != SUCCESS)
      return std::nullopt;
    x.name = name;
    // Null where there is no reading: the value stays as it is.
    [[maybe_unused]] simdjson::error_code absent;
    absent = item["alive"].get(x.alive);
    absent = item["value"].get(x.value);
    absent = item["age"].get(x.age);
    result.push_back(std::move(x));
  }
  return result;
}

/// Hands over all series that match the glob (or contain the text), page by
/// page in the order of their names, until `next` returns false.
/// @returns false if something went wrong, which is reported.
bool for_each_page(asker& service, const std::string& pattern,
                   const std::function<bool(const series_page&)>& next) {
  constexpr size_t page_size = 1000;
  std::string after;
  while (true) {
    auto body
      = service.get("/api/v1/series", {{"query", pattern},
                                       {"limit", std::to_string(page_size)},
                                       {"after", after}});
    if (!body)
      return false;
    auto page = parse_page(*body);
    if (!page || (!page->empty() && page->back().name == after)) {
      service.fail(EX_SOFTWARE, "the service's list makes no sense");
      return false;
    }
    if (page->empty() || !next(*page) || page->size() < page_size)
      return true;
    after = page->back().name;
  }
}

/// Prints what the flow has done: {"rows":, "files":, "waiting":, "running":,
/// "failures": [..]}.
int print_outcome(asker& service, const std::optional<std::string>& body,
                  const std::string& done) {
  if (!body)
    return service.code();
  dom::parser parser;
  dom::element answer;
  uint64_t rows = 0, files = 0, waiting = 0, running = 0;
  dom::array failures;
  if (parser.parse(*body).get(answer) != SUCCESS
      || answer["rows"].get(rows) != SUCCESS
      || answer["files"].get(files) != SUCCESS
      || answer["failures"].get(failures) != SUCCESS)
    return service.fail(EX_SOFTWARE, "the service's answer makes no sense");
  for (auto failure : failures) {
    std::string_view text;
    if (failure.get(text) == SUCCESS)
      service.fail(EX_IOERR, std::string{text});
  }
  service.terminal().out << done << ": " << rows << " rows, " << files
                         << " files\n";
  if (answer["waiting"].get(waiting) == SUCCESS && waiting > 0)
    service.terminal().out
      << waiting << " rows wait for the next reading of a rate in their file\n";
  if (answer["running"].get(running) == SUCCESS && running > 0)
    service.terminal().out << running
                           << " rows wait for the end of their step\n";
  return service.code();
}

/// Shows which series it is about, as far as a page goes.
/// @returns false if there are none or the service does not answer.
bool show_series(asker& service, const std::string& pattern) {
  constexpr size_t few = 10;
  auto glob = pattern.find_first_of("*?") != std::string::npos;
  size_t count = 0;
  auto& err = service.terminal().err;
  auto show = [&](const series_page& page) {
    for (auto& x : page)
      // Without a wildcard the list has all that contain the text.
      if ((glob || x.name == pattern) && ++count <= few)
        err << "  " << for_terminal(x.name) << '\n';
    return true;
  };
  if (!for_each_page(service, pattern, show))
    return false;
  if (count == 0)
    service.fail(EX_NOINPUT, "no series matches \"" + pattern + '"');
  else if (count > few)
    err << "  ... and " << count - few << " more\n";
  return count > 0;
}

/// A file that is not what its rule wants.
struct differing {
  std::string file;
  std::string name;
  std::string difference;
};

std::optional<std::vector<differing>>
parse_differing(asker& service, const std::optional<std::string>& body) {
  if (!body)
    return std::nullopt;
  std::vector<differing> result;
  dom::parser parser;
  dom::array list;
  auto good = parser.parse(*body)["files"].get(list) == SUCCESS;
  for (auto item : good ? list : dom::array{}) {
    std::string_view file, name, difference;
    good = good && item["file"].get(file) == SUCCESS
           && item["name"].get(name) == SUCCESS
           && item["difference"].get(difference) == SUCCESS;
    result.push_back(
      {std::string{file}, std::string{name}, std::string{difference}});
  }
  if (good)
    return result;
  service.fail(EX_SOFTWARE, "the service's answer makes no sense");
  return std::nullopt;
}

/// Prints {"failures": [..]}. Returns whether there are none.
bool report_failures(asker& service, const std::string& body) {
  dom::parser parser;
  dom::array list;
  if (parser.parse(body)["failures"].get(list) != SUCCESS) {
    service.fail(EX_SOFTWARE, "the service's answer makes no sense");
    return false;
  }
  for (auto item : list) {
    std::string_view text;
    if (item.get(text) == SUCCESS)
      service.fail(EX_IOERR, std::string{text});
  }
  return list.size() == 0;
}

bool confirm(console& terminal, bool remove) {
  terminal.err << (remove ? "Forget these series and delete their files"
                          : "Forget these series")
               << "? [y/N] " << std::flush;
  std::string answer;
  std::getline(terminal.in, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

} // namespace

int verb_stats(service_client& client, console& terminal, bool json) {
  asker service{client, terminal};
  auto body = service.get("/metrics");
  if (!body)
    return service.code();
  auto lines = parse_metric_lines(*body);
  if (json) {
    terminal.out << metrics_json(lines);
    return EX_OK;
  }
  text_table table{{"METRIC", "VALUE"}, {1}};
  for (auto& x : lines) {
    // A histogram's buckets are for machines.
    if (x.key.find("{le=\"") == std::string::npos
        && x.key.find(",le=\"") == std::string::npos)
      table.add({for_terminal(x.key), for_terminal(x.value)});
  }
  table.print(terminal.out);
  return EX_OK;
}

int verb_list(service_client& client, console& terminal,
              const std::string& pattern) {
  asker service{client, terminal};
  auto print = [&out = terminal.out](const series_page& page) {
    text_table table{{"SERIES", "VALUE", "AGE"}, {1, 2}};
    for (auto& x : page)
      table.add({for_terminal(x.name),
                 std::isnan(x.age) ? "-" : print_number(x.value),
                 !x.alive            ? "dead"
                 : std::isnan(x.age) ? "-"
                                     : print_age(std::max(x.age, 0.0))});
    table.print(out);
    return out.good();
  };
  for_each_page(service, pattern, print);
  return service.code();
}

int verb_fetch(service_client& client, console& terminal,
               const fetch_options& x) {
  for (auto [name, text] : {std::pair{"--from", x.from}, {"--to", x.to}})
    if (!text.empty() && !parse_time(text, std::time(nullptr)))
      return terminal.fail(EX_USAGE, std::string{name} + ": \"" + text
                                       + "\" is neither epoch seconds nor "
                                         "ISO 8601 nor like -1h");
  query_parameters query{{"series", x.series}, {"format", x.format}};
  for (auto [name, text] :
       {std::pair{"from", x.from}, {"to", x.to}, {"cf", x.function}})
    if (!text.empty())
      query.emplace_back(name, text);
  asker service{client, terminal};
  if (auto body = service.get("/api/v1/data", query))
    terminal.out << *body;
  return service.code();
}

int verb_dead(service_client& client, console& terminal) {
  asker service{client, terminal};
  auto body = service.get("/api/v1/dead");
  if (!body)
    return service.code();
  dom::parser parser;
  dom::array list;
  if (parser.parse(*body).get(list) != SUCCESS)
    return service.fail(EX_SOFTWARE, "the service's answer makes no sense");
  text_table table{{"TIME", "REASON", "TOPIC", "PAYLOAD"}};
  for (auto item : list) {
    std::vector<std::string> row;
    for (auto key : {"time", "reason", "topic", "payload"}) {
      std::string_view text;
      if (item[key].get(text) != SUCCESS)
        text = "?";
      row.push_back(for_terminal(text));
    }
    table.add(std::move(row));
  }
  table.print(terminal.out);
  return EX_OK;
}

int verb_replay(service_client& client, console& terminal) {
  asker service{client, terminal};
  auto body = service.post("/api/v1/replay", {});
  if (!body)
    return service.code();
  dom::parser parser;
  dom::element answer;
  uint64_t messages = 0, decoded = 0;
  if (parser.parse(*body).get(answer) != SUCCESS
      || answer["messages"].get(messages) != SUCCESS
      || answer["decoded"].get(decoded) != SUCCESS)
    return service.fail(EX_SOFTWARE, "the service's answer makes no sense");
  if (report_failures(service, *body))
    terminal.out << decoded << " of " << messages
                 << " kept messages became samples\n";
  return service.code();
}

int verb_flush(service_client& client, console& terminal,
               const std::string& series) {
  asker service{client, terminal};
  query_parameters query;
  if (!series.empty())
    query.emplace_back("series", series);
  return print_outcome(service, service.post("/api/v1/flush", query),
                       "flushed");
}

int verb_forget(service_client& client, console& terminal,
                const forget_options& x) {
  asker service{client, terminal};
  if (!x.yes) {
    if (!terminal.interactive)
      return service.fail(EX_USAGE, "not on a terminal: forget needs --yes");
    if (!show_series(service, x.pattern))
      return service.code();
    if (!confirm(terminal, x.remove))
      return service.fail(EX_NOPERM, "nothing was forgotten");
  }
  return print_outcome(service,
                       service.post("/api/v1/forget",
                                    {{"pattern", x.pattern},
                                     {"delete", x.remove ? "true" : "false"}}),
                       "forgotten");
}

int verb_reshape(service_client& client, console& terminal,
                 const std::string& pattern, bool dry_run) {
  asker service{client, terminal};
  auto files = parse_differing(
    service,
    service.post("/api/v1/reshape", {{"glob", pattern}, {"dry_run", "true"}}));
  if (!files)
    return service.code();
  auto& out = terminal.out;
  if (files->empty()) {
    out << "no file of \"" << for_terminal(pattern)
        << "\" differs from its rule\n";
    return EX_OK;
  }
  size_t done = 0;
  for (size_t i = 0; i < files->size(); ++i) {
    auto& x = (*files)[i];
    out << '[' << i + 1 << '/' << files->size() << "] " << for_terminal(x.file)
        << ": " << for_terminal(x.difference) << '\n'
        << std::flush;
    if (dry_run)
      continue;
    auto body = service.post("/api/v1/reshape", {{"glob", x.name}});
    // What fails for a file is no reason to leave the others.
    if (!body && service.code() == EX_UNAVAILABLE)
      break;
    done += body && report_failures(service, *body) ? 1 : 0;
  }
  if (dry_run)
    out << files->size() << " files would get the shape of their rules\n";
  else
    out << done << " of " << files->size()
        << " files have the shape of their rules now\n";
  return service.code();
}

} // namespace rrdflow
