#pragma once

#include "actors/base/file_names.hpp"
#include "actors/cache/file_losses.hpp"
#include "actors/cache/file_table.hpp"
#include "actors/cache/row_sealer.hpp"
#include "actors/cache/shard_counters.hpp"
#include "actors/cache/shard_section.hpp"
#include "actors/cache/slots.hpp"
#include "actors/cache/wait_list.hpp"
#include "actors/cache/write_scheduler.hpp"
#include "messages/cache_values.hpp"
#include "messages/catalog_values.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace rrdflow {

/// Something about a file that is to be told, with the remedy.
struct file_warning {
  file_id file = 0;
  std::string text;
};

/// Turns the samples of a shard's files into rows, seals these when it is time,
/// and keeps them until the writer confirms them.
///
/// Operation: there are two inputs. The stream (open, put, advance_watermark,
/// ...) alone decides which rows are sealed when, and with what content: the
/// same stream gives the same rows. The writer's side (synced, take_jobs,
/// finish, ...) only decides how soon they get into the files. (A file that is
/// retired while rows of it wait is the exception: what it remembers of its
/// previous rows goes when these are written, or stays if a reading comes
/// first.) Concurrency: none; one actor owns it. Limitations: a reading from
/// before 1970 or after 2106 counts as late.
class shard_engine {
public:
  using time_point = write_scheduler::time_point;

  /// @param names shared with the CATALOG, which adds to them
  shard_engine(cache_settings settings,
               std::shared_ptr<const file_names> names);
  shard_engine(const shard_engine&) = delete;
  shard_engine& operator=(const shard_engine&) = delete;

  /// Takes over the files and counters of an earlier run. To be called first.
  void load(const shard_start& x);

  // -- the stream -------------------------------------------------------------

  void open(const file_binding& x);

  /// The names of all rules so far; a rule_id is an index.
  void name_rules(const std::vector<std::string>& names) {
    counters_.name_rules(names);
  }

  /// What `cache_settings::flush_after` is from here on.
  void due_after(std::chrono::seconds x) {
    sealer_.due_after(x);
  }

  void put(const sample_batch& x);

  /// Equals advancing to each second up to `t`.
  void advance_watermark(int64_t t, position upto) {
    sealer_.advance_watermark(t, upto);
  }

  /// Seals what is over, of all files if `files` is empty.
  /// @returns the ticket of the wait for all sealed rows of these files
  uint64_t flush(const std::vector<file_id>& files);

  void retire(const std::vector<file_id>& files, int64_t idle_since);

  /// Seals all, forgets the files once that is written. Those for which it has
  /// failed thrice stay as they are and are named, unless the rows are to be
  /// given up then.
  /// @returns the ticket of the wait for it
  uint64_t release(const std::vector<file_id>& files, bool give_up = false);

  /// What was found since the last call, once for each file and kind.
  std::vector<file_warning> take_warnings() {
    return std::exchange(warnings_, {});
  }

  // -- snapshots --------------------------------------------------------------

  /// Begins to pack the state as it is now; gives up what is being packed.
  void mark(uint64_t marker, position at);

  /// What is being packed.
  shard_packer& packer() noexcept {
    return packer_;
  }

  // -- the writer -------------------------------------------------------------

  /// The journal is safe up to `x`.
  void synced(position x) {
    scheduler_.synced(x);
  }

  std::vector<write_job> take_jobs(bool urgent) {
    return scheduler_.take(urgent);
  }

  /// What became of jobs.
  void finish(const std::vector<write_outcome>& outcomes, time_point now);

  /// Lets jobs be tried again whose time has come.
  void wake(time_point now) {
    scheduler_.wake(now);
  }

  std::optional<time_point> next_wake() const {
    return scheduler_.next_wake();
  }

  /// @returns the ticket of the wait for all rows that are sealed by now; those
  ///          of a file that keeps failing while others are written do not
  ///          count
  uint64_t catch_up();

  /// Waits that have ended.
  std::vector<wait_list::finished> take_finished() {
    return waits_.take_finished();
  }

  /// False while too many bytes of sealed rows are not confirmed.
  bool has_credit() const noexcept {
    return sealer_.has_room();
  }

  // -- a look inside ----------------------------------------------------------

  waiting_rows waiting(file_id id);
  std::vector<last_value> last(const std::vector<file_id>& ids);

  /// The files without a reading since that second.
  std::vector<file_id> idle(int64_t since);

  const file_losses& losses() const noexcept {
    return losses_;
  }

  /// Brings the gauges of what waits up to date.
  void update_gauges();

private:
  void apply(const sample& x);
  [[gnu::cold]] void late(const sample& x, cached_file* file);
  void apply_unknown(cached_file& x, uint32_t slot, size_t i,
                     const slot_source& source, int64_t offset);
  std::pair<row_view, bool> open_row(cached_file& x, uint32_t slot, size_t i);
  void row_opened(cached_file& x, row_view row);
  void look_at_heartbeat(const cached_file& x);
  [[gnu::cold]] void
  look_at_reset(const cached_file& x, size_t i, uint64_t before, uint64_t now);
  void hear(cached_file& x, size_t i, int64_t time);
  void hear_again(cached_file& x);
  bool is_over(const cached_file& x) const;
  void redefine(cached_file& x, const definition_ptr& definition);
  void forget_previous(cached_file& x);
  cached_file& add(file_id id, const definition_ptr& definition);
  void take_over(const unpacked_file& x,
                 std::vector<unpacked_source>::const_iterator source);

  void confirm(cached_file& x, const write_outcome& outcome);
  void fail(cached_file& x, const write_outcome& outcome, time_point now);
  void abandon(cached_file& x, abandon_reason reason, std::string text);
  void abandoned(file_id file, abandon_reason reason, uint64_t rows,
                 std::string text);
  void forget_if_done(cached_file& x);
  void written(time_point now);
  std::string problem(const cached_file& x, const std::string& text) const;

  std::shared_ptr<const file_names> names_;
  file_table files_;
  shard_packer packer_;
  write_scheduler scheduler_;
  shard_counters counters_;
  row_sealer sealer_;
  wait_list waits_;

  /// When a job was done last, and the files that fail since before.
  std::optional<time_point> last_done_;
  std::vector<file_id> failing_;

  /// Released files whose rows are given up if they cannot be written.
  std::unordered_set<file_id> expendable_;

  std::vector<file_warning> warnings_;
  file_losses losses_;
};

} // namespace rrdflow
