#pragma once

/// The front for CAF's test DSL. Define CAF_SUITE before including this header,
/// and include it last: it defines macros.

// Used, but not defined, by fixture::request() in CAF 0.17.6.
#define FAIL CAF_FAIL

#include "messages/error.hpp"
#include "messages/interfaces.hpp"
#include "messages/register.hpp"

#include <caf/test/dsl.hpp>

namespace rrdflow::test {

struct config : caf::actor_system_config {
  config() {
    register_messages(*this);
  }
};

/// Runs actors on a simulated scheduler and clock, one message at a time.
using fixture = test_coordinator_fixture<config>;

} // namespace rrdflow::test
