#pragma once

namespace rrdflow {

/// The version of this program.
inline constexpr const char* version = RRDFLOW_VERSION;

} // namespace rrdflow
