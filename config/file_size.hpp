#pragma once

#include "config/file_definition.hpp"

#include <cstdint>

namespace rrdflow {

/// The exact number of bytes of the RRD file that librrd makes of `x` on a
/// 64-bit machine.
uint64_t rrd_file_size(const file_definition& x);

} // namespace rrdflow
