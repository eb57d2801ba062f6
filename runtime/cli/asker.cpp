#include "runtime/cli/asker.hpp"

#include <simdjson.h>

#include <utility>

namespace rrdflow {

namespace {

int code_of(long status) {
  switch (status) {
    case 400:
      return EX_USAGE;
    case 401:
    case 403:
      return EX_NOPERM;
    case 404:
      return EX_NOINPUT;
    case 503:
    case 504:
      return EX_UNAVAILABLE;
    default:
      return EX_SOFTWARE;
  }
}

/// The text of {"error": text}, or nothing.
std::string error_text(const std::string& body) {
  simdjson::dom::parser parser;
  std::string_view result;
  if (parser.parse(body)["error"].get(result) != simdjson::SUCCESS)
    return {};
  return std::string{result};
}

} // namespace

std::optional<std::string> asker::take(caf::expected<service_answer> x) {
  if (!x) {
    fail(x.error() == ec::not_found ? EX_UNAVAILABLE : EX_IOERR,
         explain(x.error()));
    return std::nullopt;
  }
  if (x->status == 200)
    return std::move(x->body);
  auto text = error_text(x->body);
  if (text.empty())
    text = client_.address() + ": status " + std::to_string(x->status);
  fail(code_of(x->status), text);
  return std::nullopt;
}

} // namespace rrdflow
