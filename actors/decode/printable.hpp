#pragma once

#include <string>
#include <string_view>

namespace rrdflow {

/// Untrusted text for a log: at most 200 bytes, all but printable ASCII
/// escaped.
std::string printable(std::string_view x);

} // namespace rrdflow
