#pragma once

#include <atomic>
#include <memory>

namespace rrdflow {

/// Protections that tests switch off and delays that they switch on. The
/// program that users run leaves them as they are here.
struct test_switches {
  bool undo_log = true;

  /// While true, the DECODER takes no record from the journal.
  std::shared_ptr<std::atomic<bool>> hold_decoder
    = std::make_shared<std::atomic<bool>>(false);
};

} // namespace rrdflow
