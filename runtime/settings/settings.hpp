#pragma once

#include "actors/journal/journal.hpp"
#include "actors/mqtt/subscription_table.hpp"
#include "messages/interfaces.hpp"
#include "runtime/service/reloadable_settings.hpp"
#include "runtime/settings/settings_engine.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// What SETTINGS takes besides what doors ask of it.
using settings_keeper_actor = settings_actor::extend<
  // Whom to tell from now on.
  caf::reacts_to<atom::flow, flow_handles>,
  // Reads the configuration file anew; answers when that is done, or logged as
  // impossible.
  caf::replies_to<atom::reload>::with<caf::ok_atom>>;

/// What SETTINGS is given.
struct settings_parts {
  /// As the service started, values set at run time included.
  config in_force;

  /// The configuration file.
  std::string file;

  journal_ptr log;
  std::shared_ptr<subscription_table> table;
  std::shared_ptr<reloadable_settings> live;

  /// Is told the configuration each time it changes.
  std::function<void(const config&)> changed;
};

/// SETTINGS. Keeps the values that are set at run time, in a file of the store,
/// and brings them into force, as it does with a changed configuration file:
/// rules and flush_after by a record of the journal, so that a replay does the
/// same at the same place; the rest by messages.
///
/// Spawned by: runtime, detached; outlives the flows.
/// Sends to: MQTT_SOURCE, SNAPSHOTTER, REAPER.
/// Blocks: on disk.
/// Stops: on EXIT.
class settings_state {
public:
  using handle = settings_keeper_actor;

  static inline const char* name = "settings";

  explicit settings_state(settings_keeper_actor::pointer self) : self_{self} {
    // nop
  }

  settings_keeper_actor::behavior_type make_behavior(settings_parts parts);

private:
  caf::expected<std::string> set(const setting_request& x);
  void reload();
  caf::error keep(const std::vector<run_time_value>& values);

  /// Brings a change into force. On an error nothing has changed.
  caf::error apply(settings_change x);
  void tell_flow();

  settings_keeper_actor::pointer self_;
  settings_parts parts_;
  std::optional<settings_engine> engine_;
  std::optional<flow_handles> flow_;

  /// The filters, once they may be others than at the start.
  std::optional<std::vector<subscription>> wanted_;
};

/// Logs which values were set at run time, and which of them do not fit the
/// configuration `file` any more.
void log_run_time_values(const loaded_config& x, const std::string& file);

} // namespace rrdflow
