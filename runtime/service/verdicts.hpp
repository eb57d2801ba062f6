#pragma once

#include "runtime/service/flow.hpp"

#include <caf/error.hpp>

#include <string>

namespace rrdflow {

/// Takes over the verdicts of earlier runs: those that stand in the journal.
void remember_verdicts(flow_parts& parts);

/// An actor of the flow has died. If that was over a record for the second
/// time, condemns the record: the next flow takes it as dead, and so does every
/// replay, since the journal says so. Returns whether it did.
bool judge(flow_parts& parts, const std::string& actor, const caf::error& why);

} // namespace rrdflow
