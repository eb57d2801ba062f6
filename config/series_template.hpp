#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// How a rule names its series: text with `{topic}`, `{path}`, `{0}` (a level
/// of the topic), `{1..}` (the topic from a level to its end) and `{field:a/b}`
/// (the value of another field of the payload). A topic that
/// begins with a slash has an empty level 0. An empty path goes with the slash
/// in front of it, or, at the beginning, with the one behind it.
class series_template {
public:
  series_template() = default;

  /// Reads `x`; see `mistake`.
  series_template(std::string x); // NOLINT: stands for its text

  series_template(const char* x) : series_template{std::string{x}} {
    // nop
  }

  /// As it was written.
  std::string text;

  /// Why `text` is no template; empty: it is one.
  std::string mistake;

  /// @param values Of `fields`, in their order.
  /// @returns the name, or nothing if the topic lacks a level that the template
  /// names, or if nothing is left.
  std::string expand(std::string_view topic, std::string_view path,
                     const std::vector<std::string>& values = {}) const;

  /// The paths of the fields whose values are part of each name, each once.
  const std::vector<std::string>& fields() const noexcept {
    return fields_;
  }

  /// The text of a template that names these fields, too, in front of the path.
  std::string with_fields(const std::vector<std::string>& paths) const;

  /// Whether each name has the field's path.
  bool uses_path() const;

  /// Whether level `i` of the topic is part of each name.
  bool uses_level(size_t i) const;

  /// Whether all levels from `i` on are.
  bool uses_tail(size_t i) const;

  /// How many levels a topic needs, at least, to have a name.
  size_t needed_levels() const;

private:
  enum class part_kind : uint8_t { text, topic, path, level, tail, field };

  struct part {
    part_kind kind = part_kind::text;
    std::string text;

    /// Of a field its index in `fields_`.
    unsigned level = 0;
  };

  bool parse_part(std::string_view name, part& x);

  std::vector<part> parts_;
  std::vector<std::string> fields_;
};

} // namespace rrdflow
