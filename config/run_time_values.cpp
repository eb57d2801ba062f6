#include "config/run_time_values.hpp"

#include "config/table_reader.hpp"

namespace rrdflow {

namespace {

using kind = toml_value::kind;

constexpr std::string_view separator = "\n# ---- values set at run time ----\n";

constexpr auto head
  = "# Values that were set at run time. They count more than those of the\n"
    "# configuration file, until they are set again or deleted here while the\n"
    "# service is stopped.\n";

} // namespace

std::string to_string(const run_time_value& x) {
  return x.key + " of " + x.node + " = " + x.value;
}

std::string print_run_time_values(const std::vector<run_time_value>& xs) {
  std::string result = head;
  for (auto& x : xs)
    result += "\n[[set]]\nnode = " + toml_quoted(x.node) + "\nkey = "
              + toml_quoted(x.key) + "\nvalue = " + toml_quoted(x.value) + '\n';
  return result;
}

std::vector<run_time_value>
parse_run_time_values(issue_list& issues, std::string_view text) {
  std::vector<run_time_value> result;
  auto document = parse_toml(text);
  if (!document.good) {
    issues.error(document.failed_at, document.reason);
    return result;
  }
  table_reader root{issues, document.root, ""};
  auto list = root.find("set", kind::array);
  root.finish();
  if (list == nullptr)
    return result;
  for (auto& item : list->items) {
    if (item.type != kind::table) {
      issues.error(item.at, "set must hold tables");
      continue;
    }
    run_time_value x;
    table_reader reader{issues, item, "set"};
    reader.read("node", x.node);
    reader.read("key", x.key);
    reader.read("value", x.value);
    reader.finish();
    if (x.node.empty() || x.key.empty())
      issues.error(item.at, "a value needs a node and a key");
    else
      result.push_back(std::move(x));
  }
  return result;
}

std::string join_texts(std::string_view file, std::string_view values) {
  std::string result{file};
  // What looks like our mark in the file must not be taken for it.
  if (!values.empty() || file.rfind(separator) != std::string_view::npos) {
    result += separator;
    result += values;
  }
  return result;
}

separate_texts split_texts(std::string_view x) {
  auto at = x.rfind(separator);
  if (at == std::string_view::npos)
    return {x, {}};
  return {x.substr(0, at), x.substr(at + separator.size())};
}

} // namespace rrdflow
