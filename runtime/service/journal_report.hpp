#pragma once

#include "actors/journal/journal.hpp"
#include "runtime/service/checkpoint.hpp"

namespace rrdflow {

/// Logs what a start found in the journal, and what it means to a flow that
/// begins at `from`.
void log_report(const journal& log, const checkpoint& from);

} // namespace rrdflow
