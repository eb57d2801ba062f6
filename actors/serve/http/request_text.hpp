#pragma once

#include "actors/serve/http/http_message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rrdflow {

/// Decodes `%XX` and, if `plus`, `+` as a space.
/// @returns nothing if a percent sign lacks its two digits.
std::optional<std::string> percent_decode(std::string_view x, bool plus);

/// Appends the parameters of "a=1&b=2".
/// @returns false if the text is malformed or has more than 64 parameters.
bool parse_parameters(std::string_view text, http_parameters& out);

/// Splits "/path?query" and decodes both.
/// @returns false if the target is not such a text.
bool parse_target(std::string_view target, http_request& out);

/// Appends the parameters that a request's body holds: a form, or a flat JSON
/// object of strings, numbers and booleans. An empty body holds none.
/// @returns what is wrong with it; empty: nothing.
std::string parse_body(http_request& x);

/// Decodes standard base64.
std::optional<std::string> base64_decode(std::string_view x);

/// Whether `x` says yes ("1", "true", "yes", "on") or no ("", "0", "false",
/// "no", "off"); nothing if it says neither.
std::optional<bool> parse_bool(std::string_view x);

} // namespace rrdflow
