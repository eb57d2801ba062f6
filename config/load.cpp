#include "config/load.hpp"

#include "config/keys.hpp"
#include "config/run_time_values.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

namespace rrdflow {

namespace {

// What the annotated configuration says besides its keys.

constexpr auto about_file
  = R"(# The configuration of rrdflow: every key, with its default. A key that is left
# out has its default, too. `rrdflow check` reports every mistake, `rrdflow
# config` prints this file.
#
# Durations: "200ms" "10s" "5m" "1h" "7d" "2w" "1y" (1y is 365d), or "1h30m".
# Sizes: "64MiB" (KiB MiB GiB TiB), "64MB" (kB MB GB TB), or bytes.
#
)";

constexpr auto about_run_time_values = R"(#
# What a Janitoo controller sets at run time is kept in <store>/settings.toml and
# counts more than this file, until it is set again or its entry is deleted there
# while the service is stopped. `rrdflow check` and the log name these values.
)";

constexpr auto about_rules = R"(
# ---- rules -------------------------------------------------------------------
#
# The first rule whose topics match, and whose exclude does not, takes a
# message. To use an example, remove the "#" in front of its lines.
#
# Each [[rule]] needs a name and topics; this one shows the defaults of the rest.

#[[rule]]
)";

constexpr auto about_rrds = R"(
#[[rule]]
#name = "noise"
#topics = ["+/debug/#"]
#drop = true

# ---- files of several sources ------------------------------------------------
#
# They look at each message before the rules do; a message that one of them takes
# goes to no rule. The file is <store>/rrd/<name>.rrd.

#[[rrd]]
)";

loaded_config parse(const toml_document& document, const std::string& file) {
  loaded_config result;
  issue_list issues{file};
  if (document.good) {
    config_document x;
    config_keys().read(issues, document.root, x);
    result.value = std::move(x);
  } else {
    issues.error(document.failed_at, document.reason);
  }
  result.errors = issues.errors();
  result.warnings = issues.warnings();
  return result;
}

/// Why the configuration is wrong with the value, though not without.
std::string try_value(toml_document& document, const std::string& file,
                      const run_time_value& x) {
  auto changed = document;
  if (auto mistake = set_run_time_value(changed.root, x); !mistake.empty())
    return mistake;
  if (auto errors = parse(changed, file).errors; !errors.empty())
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

loaded_config parse_config(std::string_view text, const std::string& file) {
  auto result = parse(parse_toml(text), file);
  result.value.text = text;
  return result;
}

loaded_config parse_config(std::string_view text, const std::string& file,
                           const std::vector<run_time_value>& values) {
  auto document = parse_toml(text);
  auto result = parse(document, file);
  std::vector<std::string> set, left_out;
  if (result.errors.empty() && !values.empty()) {
    // Some may fit only together with others that follow.
    auto all = document;
    auto fit = true;
    for (auto& x : values)
      fit = set_run_time_value(all.root, x).empty() && fit;
    fit = fit && parse(all, file).errors.empty();
    for (auto& x : values) {
      auto mistake = fit ? std::string{} : try_value(document, file, x);
      if (mistake.empty())
        set.push_back(to_string(x));
      else
        left_out.push_back(to_string(x) + ": " + mistake);
    }
    result = parse(fit ? all : document, file);
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

std::vector<std::string> changed_keys(const config& x, const config& y) {
  std::vector<std::string> result;
  config_document before, after;
  static_cast<config&>(before) = x;
  static_cast<config&>(after) = y;
  config_keys().add_changes(before, after, result);
  return result;
}

std::string print_config() {
  std::vector<std::pair<std::string, key_facts>> all;
  config_keys().add_facts(all);
  std::string reloaded;
  for (auto& [table, key] : all)
    if (key.when != applied::at_start && table != "rrd.")
      reloaded += ", " + table + key.name;
  std::string out;
  add_lines(out, about_file, "");
  add_comment(out, "SIGHUP loads anew: the rules, [[rrd]]" + reloaded
                     + "; other keys need a restart.");
  add_lines(out, about_run_time_values, "");
  config_keys().print(out, {}, "");
  add_lines(out, about_rules, "");
  rule_keys().print(out, {}, "#");
  add_lines(out, about_rrds, "");
  rrd_keys().print(out, {}, "#");
  return out;
}

} // namespace rrdflow
