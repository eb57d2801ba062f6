#pragma once

#include "actors/janitoo/janitoo_json.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rrdflow {

/// Why a message is no request that can be done; the metrics' label `reason`.
enum class janitoo_refusal : uint8_t {
  none,
  /// Larger than any request, or too many at once: dropped unread.
  size,
  overload,
  /// Retained by the broker: an old one, whose sender no longer waits.
  retained,
  /// No JSON object.
  json,
  /// A field is missing or of another type.
  fields,
  /// A flag that is neither a bool nor a string.
  flags,
  /// A topic that is not one of requests to these nodes.
  topic,
  /// No node has this address.
  hadd,
  /// The node has no such value, or it is of another class.
  value,
  /// The value cannot be set, or has no such action.
  action,
  /// SETTINGS did not accept it.
  setting,
  /// The flow could not do it.
  flow,
};

constexpr size_t janitoo_refusals = 13;

/// @relates janitoo_refusal
const char* to_string(janitoo_refusal x);

/// A request of another node of the Janitoo network.
struct janitoo_request {
  /// All members as they were sent, unknown ones included.
  json_object fields;

  int64_t cmd_class = 0;
  int64_t genre = 0;
  std::string uuid;

  /// Empty if there is none.
  std::string hadd;
  std::string reply_hadd;

  std::optional<bool> readonly;
  std::optional<bool> writeonly;

  /// The string that `data` is; empty if it is none.
  std::string data;
};

/// Reads requests; keeps its memory.
class janitoo_reader {
public:
  /// Objects and arrays inside each other.
  static constexpr size_t max_depth = 32;

  janitoo_reader();
  ~janitoo_reader();

  janitoo_refusal read(std::string_view payload, janitoo_request& x);

private:
  struct parser;

  std::unique_ptr<parser> parser_;
};

} // namespace rrdflow
