#pragma once

#include <memory>

namespace rrdflow {

struct config;

/// A configuration that threads share; it does not change.
using config_ptr = std::shared_ptr<const config>;

} // namespace rrdflow
