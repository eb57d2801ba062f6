#include "actors/base/calendar.hpp"
#include "actors/base/json_writer.hpp"
#include "actors/catalog/path_escape.hpp"
#include "actors/decode/explain.hpp"
#include "runtime/cli/text_table.hpp"
#include "runtime/cli/verbs.hpp"

namespace rrdflow {

namespace {

/// A value with the path of its file, below the store's folder, and why it
/// would be refused; empty: it would not.
struct placed_value {
  explained_value value;
  std::string file;
  std::string refused;
};

std::vector<placed_value> place_values(const explanation& x) {
  std::vector<placed_value> result;
  for (auto& value : x.values) {
    placed_value placed{value, {}, {}};
    if (value.refused != sample_refusal::none)
      placed.refused = to_string(value.refused);
    if (auto path = escape_name(value.file))
      placed.file = "rrd/" + *path + ".rrd";
    else if (placed.refused.empty()) {
      placed.refused = to_string(sample_refusal::name);
      placed.value.remark = explain(path.error());
    }
    result.push_back(std::move(placed));
  }
  return result;
}

void print_json(const explanation& x, const std::vector<placed_value>& values,
                console& terminal) {
  json_writer out;
  out.begin_object();
  out.member("result", std::string_view{to_string(x.result)});
  out.member("reason", std::string_view{x.reason});
  out.member("text", std::string_view{x.text});
  out.member("rule", std::string_view{x.rule});
  out.key("values");
  out.begin_array();
  for (auto& [value, file, refused] : values) {
    out.begin_object();
    out.member("rule", std::string_view{value.rule});
    out.member("series", std::string_view{value.series});
    out.member("file", std::string_view{file});
    out.member("source", std::string_view{value.source});
    out.member("type", std::string_view{to_string(value.type)});
    out.member("path", std::string_view{value.path});
    out.member("value", std::string_view{value.value});
    out.member("time", std::string_view{iso_time(value.time)});
    out.member("refused", std::string_view{refused});
    out.member("remark", std::string_view{value.remark});
    out.end_object();
  }
  out.end_array();
  out.key("passed");
  out.begin_array();
  for (auto& field : x.passed) {
    out.begin_object();
    out.member("path", std::string_view{field.path});
    out.member("value", std::string_view{field.value});
    out.member("reason", std::string_view{field.reason});
    out.end_object();
  }
  out.end_array();
  out.member("remark", std::string_view{x.remark});
  out.end_object();
  terminal.out << out.take() << '\n';
}

void print_values(const std::vector<placed_value>& values, console& terminal) {
  text_table table{
    {"RULE", "SERIES", "FILE", "SOURCE", "TYPE", "VALUE", "TIME"}, {5}};
  for (auto& [value, file, refused] : values)
    table.add(
      {for_terminal(value.rule), for_terminal(value.series), for_terminal(file),
       value.source, to_string(value.type),
       refused.empty() ? value.value : "refused: " + for_terminal(refused),
       iso_time(value.time)});
  table.print(terminal.out);
  for (auto& [value, file, refused] : values)
    if (!value.remark.empty())
      terminal.out << for_terminal(value.series + ": " + value.remark) << '\n';
}

void print_text(const explanation& x, const std::vector<placed_value>& values,
                console& terminal) {
  auto& out = terminal.out;
  out << to_string(x.result);
  if (!x.reason.empty())
    out << ": " << for_terminal(x.reason);
  if (!x.rule.empty())
    out << (x.reason.empty() ? " by rule " : ", rule ") << for_terminal(x.rule);
  out << '\n';
  if (!x.text.empty())
    out << for_terminal(x.text) << '\n';
  if (!values.empty())
    print_values(values, terminal);
  if (!x.passed.empty()) {
    out << "passed over:\n";
    text_table table{{"PATH", "VALUE", "WHY"}, {}};
    for (auto& field : x.passed)
      table.add(
        {for_terminal(field.path), for_terminal(field.value), field.reason});
    table.print(out);
  }
  if (!x.remark.empty())
    out << for_terminal(x.remark) << '\n';
}

} // namespace

int verb_explain(const config& x, const std::string& topic,
                 const std::string& payload, int64_t now, bool json,
                 console& terminal) {
  auto explained = explain(x, topic, payload, now);
  auto values = place_values(explained);
  if (json)
    print_json(explained, values, terminal);
  else
    print_text(explained, values, terminal);
  return EX_OK;
}

} // namespace rrdflow
