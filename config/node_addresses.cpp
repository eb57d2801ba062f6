#include "config/addresses.hpp"
#include "config/load_parts.hpp"

#include <map>

namespace rrdflow {

namespace {

using kind = toml_value::kind;

std::string controller_of(const std::string& hadd) {
  return hadd.substr(0, hadd.find('/'));
}

/// Whether `hadd` is the address of a controller itself, e.g. "0014/0000".
bool is_controller(const std::string& hadd) {
  return is_janitoo_address(hadd)
         && hadd.find_first_not_of('0', hadd.find('/') + 1)
              == std::string::npos;
}

} // namespace

void check_nodes(table_reader& root, const config& x) {
  auto& own = x.janitoo;
  auto section = root.find("janitoo", kind::table);
  if (!own.enabled || !section)
    return;
  auto& issues = root.issues();
  table_reader reader{issues, *section, "janitoo"};
  auto wrong = [&](const char* key, const char* text) {
    issues.error(reader.place(key), std::string{key} + ": " + text);
  };
  if (!is_controller(own.hadd))
    wrong("hadd", "a controller has an address like \"0014/0000\"");
  if (!own.http_hadd.empty() && !is_controller(own.http_hadd))
    wrong("http_hadd", "a controller has an address like \"0018/0000\"");
  else if (controller_of(own.http_hadd) == controller_of(own.hadd))
    wrong("http_hadd", "it needs another first number than hadd");
  auto tables = find_tables(root, "rrd");
  std::map<std::string, unsigned> lines;
  for (size_t i = 0; tables && i < x.rules.rrds.size(); ++i) {
    auto& hadd = x.rules.rrds[i].hadd;
    auto& table = tables->items[i];
    if (hadd.empty() || !is_janitoo_address(hadd))
      continue;
    auto fail = [&](const std::string& text) {
      issues.error(table.at, "hadd: " + text);
    };
    if (controller_of(hadd) != controller_of(own.hadd) || is_controller(hadd))
      fail("\"" + hadd + "\" is no node of the controller " + own.hadd);
    auto [other, added] = lines.emplace(hadd, table.at.line);
    if (!added)
      fail("\"" + hadd + "\" is the address of the [[rrd]] in line "
           + std::to_string(other->second));
  }
}

} // namespace rrdflow
