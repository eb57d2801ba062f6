#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Why `x` is no MQTT topic filter that we can subscribe to; empty: it is one.
std::string topic_filter_mistake(std::string_view x);

/// Whether each topic that the filter `narrow` matches is matched by `wide`,
/// too. Both must be without mistake.
bool covers(std::string_view wide, std::string_view narrow);

/// Whether there are topics that both filters match. Both must be without
/// mistake.
bool overlap(std::string_view x, std::string_view y);

/// The levels of a topic or filter; an empty one has one empty level.
std::vector<std::string_view> topic_levels(std::string_view x);

} // namespace rrdflow
