#pragma once

#include "actors/base/metrics.hpp"
#include "actors/writer/rrd_folder.hpp"
#include "messages/writer_values.hpp"

#include <tsl/robin_set.h>

#include <optional>
#include <string>
#include <string_view>

namespace rrdflow {

/// Keeps which files of a writer cannot be written now, for /metrics and
/// /readyz. One of them is named there, with the reason.
///
/// Concurrency: none.
class file_troubles {
public:
  /// @param registry may be null
  explicit file_troubles(metric_registry* registry);

  /// What became of a job for the file at `path`.
  void look_at(std::string_view path, const write_outcome& x);

  /// The file is wanted no longer.
  void forget(file_id file);

  /// Brings the metrics up to date.
  void tell(const rrd_folder& folder);

private:
  metric_registry* registry_;
  tsl::robin_set<file_id> waiting_;

  /// The one that is named, and with which words.
  std::optional<file_id> named_;
  std::string reason_;

  gauge files_;
  gauge none_;
  std::optional<gauge> example_;
};

} // namespace rrdflow
