#pragma once

#include <chrono>
#include <string>

namespace rrdflow {

/// `[janitoo]`: our nodes in a Janitoo network.
struct janitoo_config {
  bool enabled = false;

  /// Our address in the Janitoo network, e.g. "0014/0000"; empty: none.
  std::string hadd;

  std::string name;
  std::string location;
  std::chrono::seconds heartbeat{30};
  std::chrono::seconds config_timeout{3};

  /// How often the values of that name are published; 0: never.
  std::chrono::seconds count_values_poll{300};
  std::chrono::seconds count_series_poll{300};

  /// The address of the node that stands for the HTTP server; empty: none. The
  /// node of its pages has the next address.
  std::string http_hadd;

  std::string http_name;
  std::string http_location;
  std::chrono::seconds http_heartbeat{30};
  std::chrono::seconds http_config_timeout{3};

  /// Of the node of the pages.
  std::string resource_name;
  std::string resource_location;
  std::chrono::seconds resource_heartbeat{30};
  std::chrono::seconds resource_config_timeout{3};

  /// How often the address of the pages is published; 0: never.
  std::chrono::seconds resource_poll{1800};

  /// The time zone in which the original wrote its files; empty: UTC.
  std::string original_timezone;
};

} // namespace rrdflow
