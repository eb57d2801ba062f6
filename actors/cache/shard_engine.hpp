#pragma once

#include "actors/base/file_names.hpp"
#include "actors/cache/cache_settings.hpp"
#include "actors/cache/event_queue.hpp"
#include "actors/cache/file_table.hpp"
#include "actors/cache/shard_counters.hpp"
#include "actors/cache/shard_pack.hpp"
#include "actors/cache/wait_list.hpp"
#include "actors/cache/write_scheduler.hpp"
#include "messages/cache_values.hpp"
#include "messages/catalog_values.hpp"

#include <caf/error.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// Turns the samples of a shard's files into rows, seals these when it is time,
/// and keeps them until the writer confirms them.
///
/// Operation: there are two inputs. The stream (open, put, second, ...) alone
/// decides which rows are sealed when, and with what content: the same stream
/// gives the same rows. The writer's side (synced, take_jobs, finish, ...) only
/// decides how soon they get into the files. (A file that is retired while rows
/// of it wait is the exception: what it remembers of its past goes when these
/// are written, or stays if a reading comes first.) Concurrency: none; one
/// actor owns it. Limitations: a reading from before 1970 or after 2106 counts
/// as late.
class shard_engine {
public:
  using time_point = write_scheduler::time_point;

  /// @param names shared with the CATALOG, which adds to them
  shard_engine(cache_settings settings,
               std::shared_ptr<const file_names> names);
  shard_engine(const shard_engine&) = delete;
  shard_engine& operator=(const shard_engine&) = delete;

  /// Takes over its files from what the shards of an earlier run packed, one
  /// section each, and the counters of every `shard_count`-th section. To be
  /// called first. After ec::damaged the engine is of no use.
  caf::error load(const std::vector<std::string>& sections);

  // -- the stream -------------------------------------------------------------

  void open(const file_binding& x);
  void name_rules(std::vector<std::string> names);

  /// What `settings.flush_after` is from here on.
  void due_after(std::chrono::seconds x);
  void put(const sample_batch& x);

  /// Equals telling each second up to `t`.
  void second(int64_t t, position upto);

  /// Seals what is over, of all files if `files` is empty.
  /// @returns the ticket of the wait for all sealed rows of these files
  uint64_t flush(const std::vector<file_id>& files);

  void retire(const std::vector<file_id>& files, int64_t idle_since);

  /// Seals all, forgets the files once that is written, or has failed thrice.
  /// @returns the ticket of the wait for it
  uint64_t release(const std::vector<file_id>& files);

  /// Begins to pack the state as it is now; gives up what is being packed.
  void mark(uint64_t marker, position at);

  // -- packing ----------------------------------------------------------------

  /// Packs about `bytes` more.
  /// @returns whether more is to come
  bool pack_some(size_t bytes);

  /// What was packed since the last call.
  std::string take_packed();

  // -- the writer -------------------------------------------------------------

  void synced(position x);
  std::vector<write_job> take_jobs(bool urgent);
  void finish(const std::vector<write_outcome>& outcomes, time_point now);
  void wake(time_point now);
  std::optional<time_point> next_wake() const;

  /// @returns the ticket of the wait for all rows that are sealed by now; those
  ///          of a file that keeps failing while others are written do not
  ///          count
  uint64_t catch_up();

  /// Waits that have ended.
  std::vector<wait_list::finished> take_finished();

  /// False while too many bytes of sealed rows are not confirmed.
  bool has_credit() const noexcept;

  // -- a look inside ----------------------------------------------------------

  waiting_rows waiting(file_id id);
  std::vector<last_value> last(const std::vector<file_id>& ids);
  std::vector<file_id> idle(int64_t since);
  metrics stats();

private:
  /// Packs `x`, before it changes, if it is not packed yet.
  void touch(cached_file& x);

  void apply(const sample& x);
  void redefine(cached_file& x, const definition_ptr& definition);
  void begin_past(cached_file& x);
  cached_file& add(file_id id, const definition_ptr& definition);
  std::optional<caf::error> take_over(unpacked_file& x);

  // When rows are sealed (shard_time.cpp).
  int64_t end_of(const cached_file& x, row_view row) const noexcept;
  int64_t over_at(const cached_file& x, row_view row) const noexcept;
  second32 event_of(const cached_file& x) const;
  void reschedule(cached_file& x);
  void set_event(cached_file& x, second32 at);
  uint32_t rows_over(const cached_file& x) const noexcept;

  void seal(cached_file& x, bool all);
  void seal_due();

  // What is sealed early (shard_relief.cpp).
  template <class F>
  void each_candidate(second32 until, F f);
  void seal_oldest(uint64_t wanted);
  int64_t relieve();

  // What becomes of sealed rows (shard_rows.cpp).
  void confirm(cached_file& x, const write_outcome& outcome);
  void fail(cached_file& x, const write_outcome& outcome, time_point now);
  void abandon(cached_file& x, const char* reason);
  void forget_if_done(cached_file& x);
  void drop_rows(cached_file& x, uint32_t n);
  void written(time_point now);
  std::string problem(const cached_file& x, const std::string& text) const;

  cache_settings settings_;
  std::shared_ptr<const file_names> names_;
  file_table files_;
  write_scheduler desk_{files_};
  wait_list waits_;
  shard_counters books_;

  /// How far time and journal have come.
  int64_t told_ = 0;
  position position_ = 0;

  /// When a job was done last, and the files that fail since before.
  std::optional<time_point> last_done_;
  std::vector<file_id> failing_;

  uint64_t rows_ = 0;
  uint64_t unsealed_bytes_ = 0;
  uint64_t sealed_bytes_ = 0;

  event_queue events_;

  /// Files that have something to seal.
  size_t scheduled_ = 0;

  std::optional<shard_packer> packer_;
  std::string packed_;
  size_t pack_place_ = 0;

  /// By place: the packer has it already. Only while there is a packer.
  std::vector<bool> is_packed_;
};

} // namespace rrdflow
