#pragma once

#include <string_view>

namespace rrdflow {

/// Whether an MQTT topic filter matches a topic: `+` stands for one level, `#`
/// at the end for any number, none included; neither at the beginning matches a
/// topic that begins with `$`. The prefix `$share/GROUP/` of a shared
/// subscription is passed over.
bool topic_matches(std::string_view filter, std::string_view topic) noexcept;

/// Whether a topic is fit to be taken: valid UTF-8, not empty, no wildcards, no
/// NUL and no control characters. Brokers differ in what they let through.
bool is_good_topic(std::string_view topic) noexcept;

/// Whether a pattern of `fields` matches a path in a payload: levels are
/// separated by `/`, `*` stands for one level, `**` for any number, none
/// included. Takes time in the product of both sizes at most.
bool field_matches(std::string_view pattern, std::string_view path) noexcept;

} // namespace rrdflow
