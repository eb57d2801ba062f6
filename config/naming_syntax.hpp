#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Which parts of a topic and payload a naming template uses.
struct naming_use {
  /// Why the text is no template; empty: it is one.
  std::string mistake;

  /// `{topic}`, `{path}`.
  bool topic = false;
  bool path = false;

  /// The levels `{0}`, `{1}`...
  std::vector<size_t> levels;

  /// The first level of the longest `{1..}`.
  std::optional<size_t> tail;

  /// Whether level `i` is part of each name.
  bool uses_level(size_t i) const;

  /// Whether all levels from `i` on are.
  bool uses_tail(size_t i) const {
    return topic || (tail && *tail <= i);
  }
};

/// Reads a naming template.
naming_use parse_naming(std::string_view text);

} // namespace rrdflow
