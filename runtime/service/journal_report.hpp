#pragma once

#include "actors/journal/journal.hpp"
#include "runtime/service/checkpoint.hpp"

namespace rrdflow {

/// Logs what a start found in the journal, and what it means to a flow that
/// begins at `cut`.
void log_report(const journal& log, const cut_summary& cut);

} // namespace rrdflow
