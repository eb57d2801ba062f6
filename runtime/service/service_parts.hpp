#pragma once

#include "actors/base/store_lock.hpp"
#include "actors/mqtt/broker_process.hpp"
#include "actors/serve/http/http_daemon.hpp"
#include "actors/serve/http/http_settings.hpp"
#include "runtime/service/flow.hpp"
#include "runtime/service/logging.hpp"

#include <caf/error.hpp>

#include <memory>
#include <string>

namespace rrdflow {

/// What a service has open before its first actor starts, and still after the
/// last has ended. Members end in the reverse of their order.
struct service_parts {
  /// The file of the configuration.
  std::string file;

  flow_parts flow;

  computed_metric log_lines_dropped{
    flow.metrics.get(),
    {"log_lines_dropped_total",
     "Lines of the log that were not written since the start."},
    [] { return static_cast<double>(dropped_log_lines()); }};

  std::shared_ptr<store_lock> lock;

  /// Null without an embedded one.
  std::unique_ptr<broker_process> broker;

  http_settings http;
  std::shared_ptr<http_daemon> daemon;

  /// Opens everything: all that may fail because of the configuration or the
  /// machine. The settings and switches in `flow` come first.
  caf::error open();

private:
  caf::error open_http();

  /// Goes back to the file's http.listen for the reason `why`.
  /// @returns whether another one was set at run time
  bool listen_as_file_says(const caf::error& why);

  caf::error open_broker();
  caf::error open_journal();
};

} // namespace rrdflow
