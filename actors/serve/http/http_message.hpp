#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

class http_stream;

enum class http_method : uint8_t { get, head, post, other };

/// Names and values in the order they came, decoded.
using http_parameters = std::vector<std::pair<std::string, std::string>>;

/// One request, as far as this service looks at it.
struct http_request {
  http_method method = http_method::get;

  /// Decoded, without the query.
  std::string path;

  /// From the query; after the body was read also from there.
  http_parameters parameters;

  /// Header fields; empty: not sent.
  std::string host;
  std::string authorization;
  std::string if_none_match;
  std::string if_range;
  std::string range;
  std::string content_type;

  /// The field `X-Rrdflow`, which no form of a foreign page can send.
  std::string marker;

  std::string body;
};

/// What a request gets.
struct http_response {
  unsigned status = 200;

  /// `body` or, if that is empty, `fixed`, which must live as long as `owner`
  /// or, without one, the process.
  std::string body;
  std::string_view fixed;
  std::shared_ptr<const std::string> owner;

  /// If set, the body comes from there instead.
  std::shared_ptr<http_stream> stream;

  std::string content_type = "application/json";

  /// Further header fields.
  http_parameters headers;
};

/// The value of the first parameter `name`, or null.
const std::string* find(const http_parameters& xs, std::string_view name);

/// How many parameters are named `name`.
size_t count(const http_parameters& xs, std::string_view name);

/// {"error": text} with a status of 400 or above.
http_response error_response(unsigned status, std::string_view text);

http_response json_response(std::string body, unsigned status = 200);

// -- reading requests ---------------------------------------------------------

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
