#include "runtime/cli/janitoo_datasource.hpp"

#include "actors/catalog/path_escape.hpp"
#include "config/address_syntax.hpp"
#include "config/run_time_values.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace rrdflow {

namespace {

constexpr int64_t year = 365 * 86400;

constexpr std::string_view prefix = "datarrd__";

std::vector<std::string> split(std::string_view x) {
  std::vector<std::string> result{""};
  for (auto c : x) {
    if (c == '|')
      result.emplace_back();
    else
      result.back() += c;
  }
  return result;
}

bool is_label(std::string_view x) {
  return !x.empty() && x.size() <= 19
         && std::all_of(x.begin(), x.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c >= '0' && c <= '9') || c == '_' || c == '-';
            });
}

/// Why this is no "hadd|value_uuid|value_index|type|label"; empty: it is one.
std::string source_mistake(const std::vector<std::string>& x) {
  if (x.size() != 5)
    return "it has " + std::to_string(x.size())
           + " parts, not the 5 of \"hadd|value|index|type|label\"";
  if (!is_janitoo_address(x[0]))
    return "\"" + x[0] + "\" is no address like \"0048/0002\"";
  if (x[1].empty())
    return "the value has no name";
  if (x[2].empty() || x[2].find_first_not_of("0123456789") != std::string::npos)
    return "the index \"" + x[2] + "\" is no number";
  auto known = {"GAUGE", "COUNTER", "DERIVE", "ABSOLUTE"};
  if (std::find(known.begin(), known.end(), x[3]) == known.end())
    return "the type \"" + x[3] + "\" is none of GAUGE COUNTER DERIVE ABSOLUTE";
  if (!is_label(x[4]))
    return "the label \"" + x[4]
           + "\" is not 1 to 19 letters, digits, \"_\" or \"-\"";
  return {};
}

} // namespace

void janitoo_datasources::add_sources(conf_section& section,
                                      conf_reader& reader) {
  std::set<std::string> labels;
  out_.line("sources = [");
  // The original stops at the first gap, too.
  for (auto i = 0;; ++i) {
    auto key = "source_config_" + std::to_string(i);
    auto entry = reader.find(key);
    if (entry == nullptr)
      break;
    auto parts = split(entry->value);
    for (auto& x : parts)
      x.erase(x.find_last_not_of(' ') + 1);
    if (auto mistake = source_mistake(parts); !mistake.empty()) {
      reader.error(key, mistake);
      continue;
    }
    if (!labels.insert(parts[4]).second) {
      reader.error(key, "the label \"" + parts[4] + "\" is there already");
      continue;
    }
    out_.line("  { janitoo = "
              + toml_quoted(parts[0] + '|' + parts[1] + '|' + parts[2])
              + ", type = " + toml_quoted(parts[3])
              + ", label = " + toml_quoted(parts[4]) + " },");
  }
  out_.line("]");
  if (labels.empty() && reader.find("source_config_0") == nullptr)
    conf_.error(section.line,
                '[' + section.name + "] source_config_0: it is missing");
}

bool janitoo_datasources::is_component(const std::string& node) const {
  auto bus = conf_.find("datarrd");
  return bus != nullptr && bus->keys.count("components." + node) > 0;
}

void janitoo_datasources::add(conf_section& section) {
  conf_reader reader{conf_, &section};
  auto node = section.name.substr(prefix.size());
  auto hadd = reader.address("hadd");
  auto name = reader.text("rrd_file_0", "default_rrd");
  const char* missing = nullptr;
  if (hadd.empty() && reader.find("hadd") == nullptr)
    missing = "] has no hadd: it was no node, and wrote nothing.";
  else if (!is_component(node))
    missing = "] has no components entry in [datarrd]: it was no node, and "
              "wrote nothing.";
  if (missing != nullptr) {
    out_.line("");
    out_.comment("Line " + std::to_string(section.line) + ": [" + section.name
                 + missing);
    for (auto& [key, entry] : section.keys)
      entry.used = true;
    return;
  }
  if (auto [i, added] = files_.emplace(name, &section); !added)
    reader.error("rrd_file_0",
                 "[" + i->second->name + "] writes \"" + name + "\", too");
  if (auto [i, added] = addresses_.emplace(hadd, &section);
      !added && !hadd.empty())
    reader.error("hadd",
                 hadd + " is the address of [" + i->second->name + "], too");
  out_.table("[[rrd]]");
  if (is_own_node(node)) {
    auto was = node;
    node = "rrd_" + node;
    while (conf_.find(std::string{prefix} + node) != nullptr)
      node += '_';
    out_.comment("Line " + std::to_string(section.line) + ": the node \"" + was
                 + "\" has another name here: ours has that one.");
  }
  if (auto path = escape_name(name); !path)
    reader.error("rrd_file_0", "the name is too long");
  else if (*path != name)
    out_.comment("Its file is rrd/" + *path + ".rrd");
  out_.string("name", name);
  if (node != name)
    out_.string("node", node);
  out_.string("hadd", hadd);
  out_.string_if("title", reader.text("name"));
  out_.string_if("location", reader.text("location"));
  out_.seconds("heartbeat_period", reader.number("heartbeat", 30, 1, year));
  if (reader.find("config_timeout") != nullptr)
    out_.seconds("config_timeout", reader.number("config_timeout", 3, 0, year));
  if (reader.find("source_poll_0") != nullptr)
    out_.seconds("source_poll", reader.number("source_poll_0", 900, 0, year));
  out_.seconds("step", reader.number("rrd_step_0", 300, 1, year));
  out_.string("fill", "none");
  add_sources(section, reader);
}

} // namespace rrdflow
