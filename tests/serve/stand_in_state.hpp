#pragma once

#include "messages/interfaces.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow::test {

/// A flow as HTTP_SERVER sees it, over invented series. What it is to say may
/// be changed under `mutex` at any time.
struct stand_in_state {
  std::mutex mutex;
  std::vector<series_info> series;
  std::vector<last_value> last;
  std::vector<dead_message> dead;
  metrics source_stats{{"mqtt_connected", {}, {}, 1}};
  metrics keeper_stats;
  definition_ptr definition;

  /// Whether shards know files; else the writer is asked to describe them.
  bool known = true;
  row_block waiting;

  /// Value of a file at a time.
  std::function<double(file_id, int64_t, consolidation)> value
    = [](file_id, int64_t t, consolidation) { return static_cast<double>(t); };

  /// What was asked for last.
  read_job read;
  tree_query tree;
  flush_request flush;
  forget_request forget;
  request_outcome outcome{3, 1, {}};

  /// What CATALOG says of the index, writers of files.
  std::string index;
  std::map<file_id, std::string> files;
  int64_t last_update = 0;
  size_t copies = 0;
  size_t flushes = 0;

  /// The keeper answers no flush before its next tick.
  bool hold = false;
};

using stand_in_ptr = std::shared_ptr<stand_in_state>;

inline file_definition stand_in_definition() {
  file_definition x;
  x.step = 10;
  x.sources.emplace_back();
  x.sources.back().heartbeat = 20;
  for (auto f :
       {consolidation::average, consolidation::min, consolidation::max})
    for (auto& [steps, rows] :
         {std::pair{1u, 8640u}, {6u, 10080u}, {360u, 17520u}})
      x.archives.push_back({f, 0.5, steps, rows});
  return x;
}

} // namespace rrdflow::test
