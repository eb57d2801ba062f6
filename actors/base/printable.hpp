#pragma once

#include <string>
#include <string_view>

namespace rrdflow {

/// Makes untrusted text fit for a log: every byte that is not printable ASCII,
/// and the backslash, becomes "\xHH"; what is longer than `limit` bytes is cut.
std::string printable(std::string_view x, size_t limit = 200);

/// Makes untrusted text fit for a terminal: every byte that is no valid UTF-8,
/// and of every character that does not show (see `is_visible`), becomes
/// "\xHH".
std::string for_terminal(std::string_view x);

} // namespace rrdflow
