#pragma once

#include "config/load.hpp"
#include "config/run_time_values.hpp"
#include "messages/error.hpp"
#include "messages/setting.hpp"

#include <caf/expected.hpp>

#include <string>
#include <vector>

namespace rrdflow {

/// A configuration that may come into force.
struct settings_change {
  loaded_config loaded;
  std::vector<run_time_value> values;

  /// The value is in force: there is nothing to do.
  bool same = false;

  /// What becomes of messages and rows changes.
  bool rules = false;

  /// Of a value that is set: as JSON.
  std::string value;
};

/// Knows the configuration in force: that of the file, and the values set at
/// run time, which count more. Nothing changes but by `accept`.
class settings_engine {
public:
  /// @param in_force its text is the file's and the values'
  /// @param file only names it in messages
  settings_engine(config in_force, std::string file);

  const config& in_force() const noexcept {
    return in_force_;
  }

  /// The values that are set.
  std::vector<setting_request> all() const;

  /// What a value would make of the configuration.
  /// @returns ec::bad_request if it is not valid
  caf::expected<settings_change> set(const setting_request& x) const;

  /// What another text of the file would: see `loaded_config::errors`.
  settings_change read(std::string_view text) const;

  void accept(settings_change x);

private:
  config in_force_;
  std::string file_;
  std::vector<run_time_value> values_;
};

} // namespace rrdflow
