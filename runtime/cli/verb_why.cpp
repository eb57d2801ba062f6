#include "runtime/cli/asker.hpp"
#include "runtime/cli/text_table.hpp"
#include "runtime/cli/verbs.hpp"

#include <simdjson.h>

namespace rrdflow {

namespace {

using namespace simdjson;

std::string text_in(const dom::element& x, const char* key) {
  std::string_view result;
  if (x[key].get(result) != SUCCESS)
    return {};
  return for_terminal(result);
}

void print_series(const dom::array& list, std::ostream& out) {
  text_table table{{"SERIES", "VALUE", "AGE"}, {1, 2}};
  for (auto x : list) {
    double value = 0;
    double age = 0;
    auto read = x["value"].get(value) == SUCCESS;
    auto known = x["age"].get(age) == SUCCESS;
    table.add({text_in(x, "name"), read ? print_number(value) : "-",
               known ? print_age(age) : "-"});
  }
  if (!table.empty())
    table.print(out);
}

/// One reason: what, how often, where, why, and the last of it.
void print_reason(const dom::element& x, std::ostream& out) {
  uint64_t count = 0;
  auto counted = x["count"].get(count) == SUCCESS;
  out << text_in(x, "kind");
  if (auto reason = text_in(x, "reason"); !reason.empty())
    out << ", " << reason;
  if (counted)
    out << ": " << count << (count == 1 ? " time" : " times") << ", last "
        << text_in(x, "time");
  for (auto key : {"topic", "path", "series"})
    if (auto text = text_in(x, key); !text.empty())
      out << ", " << key << ' ' << text;
  out << '\n';
  for (auto key : {"text", "payload"})
    if (auto text = text_in(x, key); !text.empty())
      out << "    " << text << '\n';
}

void print_passed(const dom::array& reasons, std::ostream& out) {
  text_table table{{"PASSED OVER", "VALUE", "WHY"}};
  for (auto x : reasons)
    if (text_in(x, "kind") == "passed")
      table.add(
        {text_in(x, "path"), text_in(x, "payload"), text_in(x, "text")});
  if (!table.empty())
    table.print(out);
}

} // namespace

int verb_why(service_client& client, console& terminal, const std::string& name,
             bool json) {
  asker service{client, terminal};
  auto body = service.get("/api/v1/why", {{"topic", name}});
  if (!body)
    return service.code();
  auto& out = terminal.out;
  if (json) {
    out << *body << '\n';
    return EX_OK;
  }
  dom::parser parser;
  dom::element answer;
  dom::array series, reasons;
  if (parser.parse(*body).get(answer) != SUCCESS
      || answer["series"].get(series) != SUCCESS
      || answer["reasons"].get(reasons) != SUCCESS)
    return service.fail(EX_SOFTWARE, "the service's answer makes no sense");
  print_series(series, out);
  size_t n = 0;
  for (auto x : reasons) {
    if (text_in(x, "kind") == "passed")
      continue;
    print_reason(x, out);
    ++n;
  }
  print_passed(reasons, out);
  if (n > 0)
    return EX_OK;
  if (name.empty() || series.size() > 0)
    out << "nothing was left out that had a value\n";
  else if (reasons.size() == 0)
    return service.fail(EX_NOINPUT,
                        "no message on \"" + name
                          + "\" is known, and no series has this name");
  return EX_OK;
}

} // namespace rrdflow
