#pragma once

#include "actors/decode/unstored_messages.hpp"

#include <string>
#include <string_view>

namespace rrdflow {

// What people are told, by `explain` as by the service.

/// Why a message is dead.
std::string text_of(dead_reason x);

/// Why a field is passed over.
std::string text_of(passed_reason x);

/// Why a message is ignored, and what would change that.
std::string
text_of(ignore_reason x, const rule_set& rules, const message_plan& plan);

/// Why a reading is refused, and the remedy.
/// @param arrival of its message
/// @param said what the CATALOG said of its series; empty: nothing
unstored_note note_of(const rule_set& rules, const message_plan& plan,
                      const planned_reading& x, std::string_view topic,
                      int64_t arrival, std::string_view said);

/// A series of integers that gets decimals.
std::string text_of_decimals(source_type type);

} // namespace rrdflow
