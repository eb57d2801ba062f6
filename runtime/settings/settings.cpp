#include "runtime/settings/settings.hpp"

#include "actors/base/file.hpp"
#include "actors/base/printable.hpp"

#include <caf/send.hpp>

#include <spdlog/spdlog.h>

namespace rrdflow {

caf::error settings_state::keep(const std::vector<run_time_value>& values) {
  return replace_file(run_time_file(parts_.in_force.store.directory),
                      print_run_time_values(values), 0640);
}

caf::error settings_state::apply(settings_change x) {
  auto& now = x.loaded.value;
  if (x.rules) {
    auto wanted = parts_.table->wanted(wanted_filters(now.rules));
    if (!wanted)
      return wanted.error();
    auto appended = parts_.log->writer().append_request(
      record_kind::rules, pack(rules_request{now.text, *wanted}));
    if (!appended) {
      // The next connection would subscribe by the table.
      auto before = wanted_filters(engine_->in_force().rules);
      if (auto undone = parts_.table->wanted(before); !undone)
        spdlog::error("{}", explain(undone.error()));
      return appended.error();
    }
    wanted_ = std::move(*wanted);
  }
  parts_.live->take(now);
  engine_->accept(std::move(x));
  tell_flow();
  parts_.changed(engine_->in_force());
  return caf::none;
}

void settings_state::tell_flow() {
  if (!flow_)
    return;
  // First the rules, then the messages that they are for.
  if (wanted_ && flow_->source)
    self_->send(flow_->source, atom::subscribe_v, *wanted_);
  if (flow_->snapshotter)
    self_->send(flow_->snapshotter, atom::due_v,
                parts_.live->snapshot_every.load());
  if (flow_->reaper)
    self_->send(flow_->reaper, atom::due_v, parts_.live->reaper_after.load());
}

caf::expected<std::string> settings_state::set(const setting_request& x) {
  auto change = engine_->set(x);
  if (!change) {
    spdlog::warn("not set: {}", printable(explain(change.error())));
    return change.error();
  }
  if (change->same)
    return change->value;
  // Each client of the broker may set, and each change is a record.
  auto stalled = parts_.log->writer().stalled();
  if (change->rules && stalled != stall_reason::none)
    return fail(ec::disk_full, x.key + " of " + x.node
                                 + ": not set while the journal takes "
                                   "nothing ("
                                 + to_string(stalled) + ')');
  // A crash in between leaves the value in the file: the next start puts it
  // into the journal.
  if (auto err = keep(change->values))
    return err;
  auto value = change->value;
  auto& fresh = change->values.back();
  auto text = to_string(fresh);
  auto before = engine_->in_force().http.listen;
  if (auto err = apply(std::move(*change))) {
    spdlog::error("not set: {}: {}", printable(text), explain(err));
    issue_list ignored{parts_.file};
    auto values = split_texts(engine_->in_force().text).values;
    if (auto undone = keep(parse_run_time_values(ignored, values)))
      spdlog::error("{}", explain(undone));
    return err;
  }
  spdlog::info("set: {}", printable(text));
  if (before != engine_->in_force().http.listen)
    spdlog::warn("http.listen has changed; a restart applies it");
  return value;
}

void settings_state::reload() {
  auto file = load_config(parts_.file);
  auto change = engine_->read(file.value.text);
  if (!file.errors.empty())
    change.loaded.errors = file.errors;
  for (auto& x : change.loaded.errors)
    spdlog::error("{}", to_string(x));
  if (!change.loaded.errors.empty())
    return spdlog::error("the configuration stays as it was");
  for (auto& x : change.loaded.warnings)
    spdlog::warn("{}", to_string(x));
  for (auto& x : changed_keys(parts_.in_force, change.loaded.value))
    spdlog::warn("[{}] has changed; a restart applies it ({})",
                 x.substr(0, x.find('.')), x);
  auto loaded = change.loaded;
  if (auto err = apply(std::move(change)))
    return spdlog::error("{}; the rules stay as they were", explain(err));
  log_run_time_values(loaded, parts_.file);
  spdlog::info("rules of {} are in force from here on", parts_.file);
}

settings_keeper_actor::behavior_type
settings_state::make_behavior(settings_parts parts) {
  parts_ = std::move(parts);
  engine_.emplace(parts_.in_force, parts_.file);
  return {
    [this](atom::set, const setting_request& x) -> caf::result<std::string> {
      auto result = set(x);
      if (!result)
        return std::move(result.error());
      return std::move(*result);
    },
    [this](atom::get) { return engine_->all(); },
    [this](atom::flow, flow_handles& x) {
      flow_ = std::move(x);
      tell_flow();
    },
    [this](atom::reload) {
      reload();
      return caf::ok_atom_v;
    },
  };
}

void log_run_time_values(const loaded_config& x, const std::string& file) {
  for (auto& value : x.set)
    spdlog::info("set at run time, whatever {} says: {}", file,
                 printable(value));
  for (auto& value : x.left_out)
    spdlog::warn("set at run time, but left out: {}", printable(value));
}

} // namespace rrdflow
