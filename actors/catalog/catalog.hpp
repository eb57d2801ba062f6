#pragma once

#include "actors/catalog/catalog_engine.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace rrdflow {

/// The CATALOG. Knows which series exist.
///
/// Spawned by: SUPERVISOR with the engine that it loaded and gave the files
/// of the snapshot. Detached.
/// Sends to: `writers` (`writers[i]` owns the files of shard i), which describe
/// files that exist and give them the shapes of their rules, and tell it of
/// files that another program changed; `shards`, which write and forget what
/// they have of a file before its step or sources change; `keeper`, so that
/// this happens at one place of the stream.
/// Operation: DECODER waits while it has a request to resolve, forget or
/// release, and all that it sent before is in the shards' mailboxes once it
/// answered another request. Hence a shard can be asked to let go of a file
/// meanwhile, and loses nothing.
/// Bounds: the DECODER sends one request to resolve at a time.
/// Blocks: on its file. While the disk is full, it answers nothing that is not
/// on disk, and tries again each second.
/// Stops: on EXIT. Quits with the error of a failed sync.
class catalog_state {
public:
  using handle = catalog_actor;

  static inline const char* name = "catalog";

  explicit catalog_state(catalog_actor::pointer self) : self_{self} {
    // nop
  }

  catalog_actor::behavior_type
  make_behavior(catalog_engine engine, std::vector<rrd_writer_actor> writers,
                std::vector<cache_shard_actor> shards,
                journal_keeper_actor keeper);

private:
  using resolutions = std::vector<resolution>;

  /// A request to resolve that is not answered.
  struct work {
    std::vector<new_series> series;
    caf::typed_response_promise<resolutions> promise;

    /// The DECODER.
    caf::strong_actor_ptr asker;

    file_descriptions known;
    caf::error failure;

    /// The files are only compared with what their rules want.
    std::optional<caf::typed_response_promise<caf::ok_atom>> compared;
  };

  /// Goes on with the oldest request until writers must be asked.
  void advance();

  void describe(const std::vector<file_id>& files);

  /// One writer or shard answered, or failed to.
  void described(caf::error failure);

  /// Has shards let go of files whose layout changed.
  void move(std::vector<catalog_engine::moving_file> files);
  void let_go(uint32_t shard, std::vector<file_id> files);

  // -- files that differ ------------------------------------------------------

  /// Calls `f` with what a file is now.
  void look(file_id id, std::function<void(const file_info&)> f);

  /// Learns what a file is now, then calls `f`.
  /// @param trouble why it has not the shape that it should have
  void look_and_learn(file_id id, const std::string& trouble,
                      std::function<void()> f);

  caf::typed_response_promise<std::vector<series_info>>
  begin_reshape(const reshape_request& x);

  /// Gives a file its shape, learns what became of it, then calls `f`.
  void reshape(file_id id, definition_ptr shape, std::function<void()> f);

  /// Another program changed a file.
  void changed(file_id id);

  void tell_wishes();

  /// Calls `f` once all is on disk that was decided so far.
  void after_commit(std::function<void()> f);

  void commit();
  void tend_index();

  catalog_actor::pointer self_;
  std::optional<catalog_engine> engine_;
  std::vector<rrd_writer_actor> writers_;
  std::vector<cache_shard_actor> shards_;
  journal_keeper_actor keeper_;

  /// The first one may wait for writers.
  std::deque<work> queue_;
  size_t outstanding_ = 0;

  /// The file that a reshape_request is about, while its shard lets go of it.
  std::optional<std::pair<file_id, definition_ptr>> reshaping_;

  /// What waits for the disk.
  std::vector<std::function<void()>> held_;
  bool disk_full_ = false;

  caf::actor_clock::time_point next_index_{};
  bool index_failed_ = false;
};

} // namespace rrdflow
