#include "actors/mqtt/broker_limits.hpp"
#include "config/file_definition.hpp"
#include "config/units.hpp"
#include "runtime/cli/text_table.hpp"
#include "runtime/cli/verbs.hpp"

namespace rrdflow {

namespace {

void add(text_table& table, const std::string& name, const file_definition& x) {
  std::string types;
  for (auto& source : x.sources)
    if (types.find(to_string(source.type)) == std::string::npos)
      types += (types.empty() ? "" : ",") + std::string{to_string(source.type)};
  table.add({for_terminal(name), print_duration(std::chrono::seconds{x.step}),
             types, std::to_string(x.sources.size()),
             std::to_string(x.archives.size()),
             std::to_string(rrd_file_size(x))});
}

// One line for each kind of file.
text_table list_files(const rules_config& rules) {
  text_table result{{"FILES OF", "STEP", "TYPE", "SOURCES", "ARCHIVES",
                     "BYTES PER FILE"},
                    {3, 4, 5}};
  for (auto& rule : rules.rules) {
    if (rule.drop)
      continue;
    if (!rule.only)
      add(result, rule.name, *rule.definition);
    for (auto& field : rule.fields)
      if (!field.drop
          && (rule.only || !(*field.definition == *rule.definition)))
        add(result, rule.name + ": " + field.path, *field.definition);
  }
  for (auto& rrd : rules.rrds)
    add(result, "rrd/" + rrd.name, *rrd.definition);
  return result;
}

/// What may lose messages although nothing in our configuration is wrong.
void print_advice(const mqtt_config& x, console& terminal) {
  auto losses = known_losses(x, default_mosquitto_conf);
  if (!losses)
    losses.emplace({"mqtt.broker " + x.broker.text + ": " + general_advice()});
  for (auto& text : *losses)
    terminal.out << "advice: " << for_terminal(text) << '\n';
}

} // namespace

int verb_check(const loaded_config& x, const std::string& file,
               console& terminal) {
  for (auto& issue : x.errors)
    terminal.out << for_terminal(to_string(issue)) << '\n';
  for (auto issue : x.warnings) {
    issue.text = "warning: " + issue.text;
    terminal.out << for_terminal(to_string(issue)) << '\n';
  }
  if (!x.errors.empty())
    return EX_CONFIG;
  auto& rules = x.value.rules;
  auto files = list_files(rules);
  if (!files.empty())
    files.print(terminal.out);
  for (auto& value : x.set)
    terminal.out << "set at run time: " << for_terminal(value) << '\n';
  for (auto& value : x.left_out)
    terminal.out << "set at run time, but left out: " << for_terminal(value)
                 << '\n';
  if (!x.values_unread.empty())
    terminal.out << "values set at run time are not known: "
                 << for_terminal(x.values_unread) << '\n';
  print_advice(x.value.mqtt, terminal);
  terminal.out << for_terminal(file) << ": good, with " << rules.rules.size()
               << " rules and " << rules.rrds.size() << " [[rrd]]\n";
  return EX_OK;
}

} // namespace rrdflow
