#include "runtime/cli/asker.hpp"

#include "runtime/cli/text_table.hpp"

#include <simdjson.h>

namespace rrdflow {

namespace {

// The text of {"error": text}, or nothing.
std::string error_text(const std::string& body) {
  simdjson::dom::parser parser;
  std::string_view result;
  if (parser.parse(body)["error"].get(result) != simdjson::SUCCESS)
    return {};
  return std::string{result};
}

int code_of(long status) {
  switch (status) {
    case 400:
      return exit_usage;
    case 401:
    case 403:
      return exit_no_permission;
    case 404:
      return exit_no_input;
    case 503:
    case 504:
      return exit_unavailable;
    default:
      return exit_software;
  }
}

} // namespace

void asker::fail(int code, const std::string& text) {
  code_ = code;
  terminal_.err << "rrdflow: " << for_terminal(text) << '\n';
}

std::optional<std::string> asker::take(caf::expected<service_answer> x) {
  if (!x) {
    fail(x.error() == ec::not_found ? exit_unavailable : exit_io,
         explain(x.error()));
    return std::nullopt;
  }
  if (x->status == 200)
    return std::move(x->body);
  auto text = error_text(x->body);
  fail(code_of(x->status), text.empty() ? client_.address() + ": status "
                                            + std::to_string(x->status)
                                        : text);
  return std::nullopt;
}

} // namespace rrdflow
