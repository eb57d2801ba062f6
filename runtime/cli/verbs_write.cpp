#include "runtime/cli/series_pages.hpp"
#include "runtime/cli/text_table.hpp"
#include "runtime/cli/verbs.hpp"

#include <simdjson.h>

namespace rrdflow {

namespace {

// Prints what the flow has done: {"rows":, "files":, "failures": [..]}.
int print_outcome(asker& service, const std::string& body,
                  const std::string& done) {
  simdjson::dom::parser parser;
  simdjson::dom::element answer;
  uint64_t rows = 0, files = 0;
  simdjson::dom::array failures;
  if (parser.parse(body).get(answer) != simdjson::SUCCESS
      || answer["rows"].get(rows) != simdjson::SUCCESS
      || answer["files"].get(files) != simdjson::SUCCESS
      || answer["failures"].get(failures) != simdjson::SUCCESS) {
    service.fail(exit_software, "the service's answer makes no sense");
    return service.code();
  }
  for (auto failure : failures) {
    std::string_view text;
    if (failure.get(text) == simdjson::SUCCESS)
      service.fail(exit_io, std::string{text});
  }
  service.terminal().out << done << ": " << rows << " rows, " << files
                         << " files\n";
  return service.code();
}

// Shows which series it is about, as far as a page goes.
// @returns false if there are none or the service does not answer.
bool show_series(asker& service, const std::string& pattern) {
  constexpr size_t few = 10;
  auto glob = pattern.find_first_of("*?") != std::string::npos;
  size_t count = 0;
  auto& err = service.terminal().err;
  auto show = [&](const std::vector<listed_series>& page) {
    for (auto& x : page)
      // Without a wildcard the list has all that contain the text.
      if ((glob || x.name == pattern) && ++count <= few)
        err << "  " << for_terminal(x.name) << '\n';
    return true;
  };
  if (!for_each_page(service, pattern, show))
    return false;
  if (count == 0)
    service.fail(exit_no_input, "no series matches \"" + pattern + '"');
  else if (count > few)
    err << "  ... and " << count - few << " more\n";
  return count > 0;
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

int verb_flush(asker& service, const std::string& series) {
  query_parameters query;
  if (!series.empty())
    query.emplace_back("series", series);
  auto body = service.post("/api/v1/flush", query);
  return body ? print_outcome(service, *body, "flushed") : service.code();
}

int verb_forget(asker& service, const forget_options& x) {
  if (!x.yes) {
    if (!service.terminal().interactive) {
      service.fail(exit_usage, "not on a terminal: forget needs --yes");
      return service.code();
    }
    if (!show_series(service, x.pattern))
      return service.code();
    if (!confirm(service.terminal(), x.remove)) {
      service.fail(exit_no_permission, "nothing was forgotten");
      return service.code();
    }
  }
  auto body
    = service.post("/api/v1/forget", {{"pattern", x.pattern},
                                      {"delete", x.remove ? "true" : "false"}});
  return body ? print_outcome(service, *body, "forgotten") : service.code();
}

} // namespace rrdflow
