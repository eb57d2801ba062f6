#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rrdflow {

/// A file that was set aside because it is damaged.
struct quarantined_file {
  /// Below the store, e.g. "bad/plant=2Ftemp-0123456789abcdef-1.rrd".
  std::string file;

  /// What it was: a path below `<store>/rrd`; of the journal: empty.
  std::string was;

  uint64_t bytes = 0;

  /// When it was set aside, in ns since the epoch.
  int64_t time = 0;

  /// Empty if it cannot be told.
  std::string reason;
};

/// Looks for them, newest first; bounded. Blocks; any thread may call.
using quarantine_reader = std::function<std::vector<quarantined_file>()>;

} // namespace rrdflow
