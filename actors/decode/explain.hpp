#pragma once

#include "actors/decode/message_decoder.hpp"
#include "config/file_definition.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

struct config;

/// What would be stored of one value of a message.
struct explained_value {
  std::string series;

  /// The file's name, not escaped.
  std::string file;

  /// The data source's name and the value as it takes it.
  std::string source;
  source_type type = source_type::gauge;
  std::string value;

  /// Nanoseconds since the epoch.
  int64_t time = 0;

  /// The value's rule, "rrd/NAME" for an [[rrd]].
  std::string rule;

  /// The place in the payload.
  std::string path;

  sample_refusal refused = sample_refusal::none;

  /// It says that the sensor has no value; `value` is "unknown".
  bool unknown = false;

  /// What else is to be said of it, with a remedy; usually empty.
  std::string remark;
};

/// A field that makes no value.
struct passed_field {
  /// The place in the payload.
  std::string path;

  /// What it holds, if it is a text or a number.
  std::string value;
  std::string reason;
};

/// What would become of a message.
struct explanation {
  message_result result = message_result::dead;

  /// Why it is not decoded, as in the metrics, or the configuration's mistake.
  std::string reason;

  /// The same for people, with the remedy.
  std::string text;

  /// The rule that takes the topic; empty: none, or [[rrd]] sources.
  std::string rule;

  std::vector<explained_value> values;

  /// The fields that are passed over, in the order of the payload.
  std::vector<passed_field> passed;

  /// What is to be said of the whole message, with a remedy; usually empty.
  std::string remark;
};

/// Says what the configuration makes of a message; knows nothing of files and
/// series that exist. A configuration that cannot be used gives a dead message
/// with the mistake as the reason.
/// @param arrival Nanoseconds since the epoch.
explanation explain(const config& x, std::string_view topic,
                    std::string_view payload, int64_t arrival);

} // namespace rrdflow
