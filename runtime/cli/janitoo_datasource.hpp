#pragma once

#include "runtime/cli/janitoo_conf.hpp"
#include "runtime/cli/toml_text.hpp"

#include <map>
#include <string>

namespace rrdflow {

/// Translates the datasources of a .conf, each a section "datarrd__NAME".
class janitoo_datasources {
public:
  janitoo_datasources(janitoo_conf& conf, toml_text& out)
    : conf_{conf}, out_{out} {
    // nop
  }

  /// Appends an `[[rrd]]`; none, but a comment, for a section that is no node.
  void add(conf_section& section);

private:
  /// Whether the original made a node of the section.
  bool is_component(const std::string& node) const;

  void add_sources(conf_section& section, conf_reader& reader);

  janitoo_conf& conf_;
  toml_text& out_;

  /// The sections by their files, and by their addresses.
  std::map<std::string, const conf_section*> files_;
  std::map<std::string, const conf_section*> addresses_;
};

} // namespace rrdflow
