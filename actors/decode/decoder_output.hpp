#pragma once

#include "messages/cache_values.hpp"
#include "messages/catalog_values.hpp"
#include "messages/request.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// Where a `decoder_engine` sends what comes of the journal. What goes to one
/// shard must arrive in the order of the calls.
class decoder_output {
public:
  virtual ~decoder_output() = default;

  // -- to one shard -----------------------------------------------------------

  virtual void open(uint32_t shard, std::vector<file_binding> xs) = 0;

  /// To be answered by `decoder_engine::credit`.
  virtual void put(uint32_t shard, sample_batch x) = 0;

  virtual void
  retire(uint32_t shard, std::vector<file_id> files, int64_t idle_since)
    = 0;

  /// To be answered by `decoder_engine::released`.
  virtual void release(uint32_t shard, std::vector<file_id> files, bool remove)
    = 0;

  // -- to every shard ---------------------------------------------------------

  virtual void second(int64_t t, position at) = 0;
  virtual void name_rules(const std::vector<std::string>& names) = 0;

  /// Files are due so many seconds after the first reading that waits came.
  virtual void due_after(int64_t seconds) = 0;

  /// Each shard does its share of the request; no files: all of them.
  virtual void flush(uint64_t request, const std::vector<file_id>& files) = 0;

  // -- to the CATALOG ---------------------------------------------------------

  /// To be answered by `decoder_engine::resolved`.
  virtual void resolve(std::vector<new_series> xs) = 0;

  /// To be answered by `decoder_engine::found`, by at most one series.
  virtual void find_series(const std::string& name) = 0;

  /// To be answered by `decoder_engine::found`.
  virtual void find_matches(const std::string& glob) = 0;

  /// To be answered by `decoder_engine::freed`.
  virtual void free_names(std::vector<file_id> files) = 0;

  virtual void retired(std::vector<file_id> files) = 0;

  // -- to JOURNAL_KEEPER ------------------------------------------------------

  /// The one share of the request is done.
  virtual void done(uint64_t request, request_outcome x) = 0;
};

} // namespace rrdflow
