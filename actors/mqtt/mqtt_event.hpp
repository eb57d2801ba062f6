#pragma once

#include "messages/request.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// Something that happened to the connection.
struct mqtt_event {
  enum class kind : uint8_t {
    /// The broker accepted us and kept our session.
    connected,
    /// The broker accepted us, without a session.
    connected_anew,
    /// The broker will not do what we need; text says what and why.
    warning,
    /// The broker did not answer.
    unreachable,
    /// The broker answered, and refused us.
    refused,
    /// The connection is gone.
    lost,
    /// The broker refused a filter, or to let go of it; text names it.
    subscribe_refused,
    /// The broker no longer holds the filter that text is.
    unsubscribed,
    /// The connection was ended in good order because of `stop`.
    ended,
  };

  kind what = kind::lost;
  std::string text;
};

enum class mqtt_link : uint8_t { down, connecting, up, ended };

/// What the broker is asked for.
struct mqtt_filters {
  std::vector<subscription> rules;

  /// Of JANITOO_NODE; may hold some of `rules`.
  std::vector<subscription> node;

  std::vector<std::string> unwanted;
};

} // namespace rrdflow
