#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// The word nearest to `word`, if one is near enough to be meant: at most a
/// third of its letters away. Else empty.
std::string
nearest(std::string_view word, const std::vector<std::string>& words);

/// ` (did you mean "..."?)` for the nearest word, or nothing.
std::string
did_you_mean(std::string_view word, const std::vector<std::string>& words);

} // namespace rrdflow
