#pragma once

#include <string_view>

namespace rrdflow {

/// Whether a pattern of `fields` matches a path in a payload: levels are
/// separated by `/`, `*` stands for one level, `**` for any number, none
/// included. Takes time in the product of both sizes at most.
bool field_matches(std::string_view pattern, std::string_view path) noexcept;

} // namespace rrdflow
