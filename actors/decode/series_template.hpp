#pragma once

#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// How a rule names its series: text with `{topic}`, `{path}`, `{0}` (a level
/// of the topic) and `{1..}` (the topic from a level to its end). A topic that
/// begins with a slash has an empty level 0. An empty path goes with the slash
/// in front of it, or, at the beginning, with the one behind it.
class series_template {
public:
  series_template() = default;

  static caf::expected<series_template> parse(std::string_view text);

  /// @returns the name, or nothing if the topic lacks a level that the template
  /// names, or if nothing is left.
  std::string expand(std::string_view topic, std::string_view path) const;

private:
  enum class part_kind : uint8_t { text, topic, path, level, tail };

  struct part {
    part_kind kind = part_kind::text;
    std::string text;
    unsigned level = 0;
  };

  static bool parse_part(std::string_view text, part& x);

  std::vector<part> parts_;
};

} // namespace rrdflow
