#include "config/load.hpp"

#include "config/load_parts.hpp"
#include "config/load_report.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace rrdflow {

namespace {

void load(issue_list& issues, const toml_value& document, config& x) {
  table_reader root{issues, document, ""};
  load_service(root, x);
  x.rules.flush_after = x.cache.flush_after;
  load_rules(root, x.rules);
  load_rrds(root, x.rules);
  check_nodes(root, x);
  root.finish();
  if (x.rules.rules.empty() && x.rules.rrds.empty())
    issues.warning({}, "there is no [[rule]] and no [[rrd]]: nothing will be "
                       "stored");
}

loaded_config parse(std::string_view text, const std::string& file,
                    std::set<std::string>* known) {
  loaded_config result;
  issue_list issues{file};
  auto document = parse_toml(text);
  if (document.good)
    load(issues, document.root, result.value);
  else
    issues.error(document.failed_at, document.reason);
  result.value.text = text;
  result.errors = issues.errors();
  result.warnings = issues.warnings();
  if (known)
    *known = issues.known();
  return result;
}

} // namespace

std::string to_string(const config_issue& x) {
  auto result = x.file + ':';
  if (x.line > 0)
    result += std::to_string(x.line) + ':' + std::to_string(x.column) + ':';
  return result + ' ' + x.text;
}

loaded_config parse_config(std::string_view text, const std::string& file) {
  return parse(text, file, nullptr);
}

std::set<std::string> known_config_keys() {
  std::set<std::string> result;
  parse("[[rule]]\nfields = [{}]\n[[rrd]]\nsources = [{}]\n", "", &result);
  return result;
}

loaded_config load_config(const std::string& file) {
  std::string text;
  errno = 0;
  std::unique_ptr<FILE, int (*)(FILE*)> in{fopen(file.c_str(), "rb"), fclose};
  if (in) {
    char block[65536];
    while (auto n = fread(block, 1, sizeof block, in.get()))
      text.append(block, n);
  }
  if (in && !ferror(in.get()))
    return parse_config(text, file);
  loaded_config result;
  result.errors.push_back(
    {file, 0, 0, std::string{"cannot read: "} + std::strerror(errno)});
  return result;
}

} // namespace rrdflow
