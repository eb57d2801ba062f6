#pragma once

#include "actors/decode/formats/field_list.hpp"

#include <string>
#include <string_view>

namespace simdjson::dom {
class element;
} // namespace simdjson::dom

namespace rrdflow {

/// Whether values of Janitoo nodes are published on the topic.
bool is_janitoo_topic(std::string_view topic) noexcept;

/// Format `janitoo`: lists each value of genre 1 (basic) or 2 (user) in one of
/// the three shapes: a flat value, `{index: value}`, `{any: {any: value}}`. The
/// names outside of a value mean nothing; its own `hadd`, `uuid` and `index` (0
/// if it has none) do. Its path is `<index>` on its own topic
/// `/values/<genre>/<hadd>/<uuid>`, and `<hadd>/<uuid>/<index>` on any other.
/// Data that is no number, truth value, or number in a string is "none".
/// @param path Memory to work in, kept by the caller for the next message.
/// @returns whether there was a value, of any genre.
bool read_janitoo(const simdjson::dom::element& x, std::string_view topic,
                  std::string& path, field_list& xs);

/// `<hadd>/<uuid>/<index>` of the value that `read_janitoo` listed as `path`.
std::string janitoo_address(std::string_view topic, std::string_view path);

} // namespace rrdflow
