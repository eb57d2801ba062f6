#pragma once

#include <string>
#include <string_view>

namespace rrdflow {

/// Makes untrusted text fit for a log: every byte that is not printable ASCII,
/// and the backslash, becomes "\xHH"; what is longer than 200 bytes is cut.
std::string printable(std::string_view x);

} // namespace rrdflow
