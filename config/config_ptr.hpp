#pragma once

#include <memory>

namespace rrdflow {

struct config;

/// A configuration that many read and nobody changes.
using config_ptr = std::shared_ptr<const config>;

} // namespace rrdflow
