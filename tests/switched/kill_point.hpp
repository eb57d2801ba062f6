#pragma once

#include "actors/writer/writer_settings.hpp"

#include <functional>
#include <string>

namespace rrdflow {

/// Ends the process by SIGKILL in the middle of a writer's work.
///
/// @param text "STEP:N:US": US microseconds after a writer came to STEP for the
///             N-th time. Anything else ends the process with exit code 64.
/// @returns what all writers must tell their steps to
std::function<void(write_step)> kill_point(const std::string& text);

} // namespace rrdflow
