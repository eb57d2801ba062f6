#include "config/load.hpp"

#include "config/load_parts.hpp"
#include "config/load_report.hpp"
#include "config/run_time_values.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

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

loaded_config parse(const toml_document& document, const std::string& file,
                    std::set<std::string>* known) {
  loaded_config result;
  issue_list issues{file};
  if (document.good)
    load(issues, document.root, result.value);
  else
    issues.error(document.failed_at, document.reason);
  result.errors = issues.errors();
  result.warnings = issues.warnings();
  if (known)
    *known = issues.known();
  return result;
}

/// Why the configuration is wrong with the value, though not without.
std::string try_value(toml_document& document, const std::string& file,
                      const run_time_value& x) {
  auto changed = document;
  if (auto mistake = set_run_time_value(changed.root, x); !mistake.empty())
    return mistake;
  if (auto errors = parse(changed, file, nullptr).errors; !errors.empty())
    return errors.front().text;
  document = std::move(changed);
  return {};
}

/// The whole file, or why it cannot be read in errno.
std::optional<std::string> read_file(const std::string& name) {
  std::string result;
  errno = 0;
  std::unique_ptr<FILE, int (*)(FILE*)> in{fopen(name.c_str(), "rbe"), fclose};
  if (!in)
    return std::nullopt;
  char block[65536];
  while (auto n = fread(block, 1, sizeof block, in.get()))
    result.append(block, n);
  return ferror(in.get()) ? std::nullopt : std::optional{std::move(result)};
}

} // namespace

std::string to_string(const config_issue& x) {
  auto result = x.file + ':';
  if (x.line > 0)
    result += std::to_string(x.line) + ':' + std::to_string(x.column) + ':';
  return result + ' ' + x.text;
}

loaded_config parse_config(std::string_view text, const std::string& file) {
  auto result = parse(parse_toml(text), file, nullptr);
  result.value.text = text;
  return result;
}

loaded_config parse_config(std::string_view text, const std::string& file,
                           const std::vector<run_time_value>& values) {
  auto document = parse_toml(text);
  auto result = parse(document, file, nullptr);
  std::vector<std::string> set, left_out;
  if (result.errors.empty() && !values.empty()) {
    // Some may fit only together with others that follow.
    auto all = document;
    auto fit = true;
    for (auto& x : values)
      fit = set_run_time_value(all.root, x).empty() && fit;
    fit = fit && parse(all, file, nullptr).errors.empty();
    for (auto& x : values) {
      auto mistake = fit ? std::string{} : try_value(document, file, x);
      if (mistake.empty())
        set.push_back(to_string(x));
      else
        left_out.push_back(to_string(x) + ": " + mistake);
    }
    result = parse(fit ? all : document, file, nullptr);
  }
  result.set = std::move(set);
  result.left_out = std::move(left_out);
  result.value.text
    = join_texts(text, values.empty() ? "" : print_run_time_values(values));
  return result;
}

loaded_config
parse_joined_config(std::string_view text, const std::string& file) {
  auto texts = split_texts(text);
  issue_list issues{file};
  auto values = parse_run_time_values(issues, texts.values);
  auto result = parse_config(texts.file, file, values);
  for (auto& x : issues.errors())
    result.errors.push_back(x);
  return result;
}

std::set<std::string> known_config_keys() {
  std::set<std::string> result;
  parse(parse_toml("[[rule]]\nfields = [{}]\n[[rrd]]\nsources = [{}]\n"), "",
        &result);
  return result;
}

loaded_config load_config(const std::string& file) {
  if (auto text = read_file(file))
    return parse_config(*text, file);
  loaded_config result;
  result.errors.push_back(
    {file, 0, 0, std::string{"cannot read: "} + std::strerror(errno)});
  return result;
}

std::string run_time_file(const std::string& store) {
  return store + "/settings.toml";
}

loaded_config load_config_in_force(const std::string& file) {
  auto result = load_config(file);
  if (!result.errors.empty())
    return result;
  auto kept = run_time_file(result.value.store.directory);
  auto text = read_file(kept);
  if (!text) {
    if (errno != ENOENT && errno != ENOTDIR)
      result.values_unread = kept + ": " + std::strerror(errno);
    return result;
  }
  issue_list issues{kept};
  auto values = parse_run_time_values(issues, *text);
  result = parse_config(result.value.text, file, values);
  for (auto& x : issues.errors())
    result.errors.push_back(x);
  return result;
}

} // namespace rrdflow
