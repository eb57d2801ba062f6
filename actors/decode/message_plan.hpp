#pragma once

#include "actors/decode/message_counters.hpp"
#include "actors/decode/topic_table.hpp"

#include <cstdint>
#include <vector>

namespace rrdflow {

enum class verdict : uint8_t { decoded, ignored, dead };

/// One reading of a message.
struct planned_reading {
  static constexpr uint32_t no_slot = 0xffffffff;

  /// Index into the plan's slots.
  uint32_t slot = no_slot;

  /// What it becomes.
  uint32_t kind = 0;

  value_bits value;
  sample_refusal refused = sample_refusal::none;
};

/// What a message would do. Nothing is done by making a plan, except that new
/// topics and fields have their places in the table.
struct message_plan {
  verdict result = verdict::ignored;

  /// Why, if it is not decoded.
  ignore_reason ignored = ignore_reason::no_value;
  dead_reason dead = dead_reason::internal;

  /// Of a decoded message; both belong to the topic table.
  topic_entry* entry = nullptr;
  field_map* slots = nullptr;

  /// Of all readings, in nanoseconds since the epoch.
  int64_t time = 0;

  /// Some readings' series were not answered for by the CATALOG yet.
  bool unresolved = false;

  /// Refused ones included.
  std::vector<planned_reading> readings;
};

} // namespace rrdflow
