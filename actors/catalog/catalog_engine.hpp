#pragma once

#include "actors/base/metrics.hpp"
#include "actors/catalog/catalog_file.hpp"
#include "actors/catalog/catalog_log.hpp"
#include "actors/catalog/catalog_table.hpp"
#include "actors/catalog/series_list.hpp"
#include "actors/catalog/series_plan.hpp"
#include "messages/catalog_values.hpp"
#include "messages/writer_values.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace rrdflow {

struct catalog_settings {
  /// The store: `catalog` and `rrd/` lie in it.
  std::string directory;

  /// How many series may live at a time, i.e. belong to files that were not
  /// retired. Those that the REAPER let go of cost nothing but their name.
  uint64_t max_series = 1000000;

  /// A file's shard is its `path_key` modulo this.
  uint32_t shard_count = 1;

  /// The files whose states are in the snapshot that the flow starts from. What
  /// freed their names came after it: the flow will come to it again. Only used
  /// by `catalog_engine::open`.
  std::vector<uint64_t> in_snapshot;

  /// Says what the file at a path below `<store>/rrd` (without ".rrd") is, when
  /// the catalog is lost and made anew. Only used by `catalog_engine::open`.
  std::function<file_info(const std::string&)> describe;

  /// Null: nothing is shown.
  metric_registry* registry = nullptr;
};

/// All logic of the CATALOG.
///
/// Operation: `resolve` and `retire` change what is in memory and collect
/// records; their results may be passed on only after `commit` put these on
/// disk. Concurrency: one thread; made by the runtime, then moved to the
/// CATALOG. Limitations: a series that is alive but whose shard lost its state
/// (a snapshot was lost) lives until it is seen again and then falls silent.
/// What a rule wants of a file is known from its first resolve after a start:
/// before, the file is not reshaped, and one that is gone is made as it was.
class catalog_engine {
public:
  /// Loads `<store>/catalog`. What is damaged is passed over, and if anything
  /// was, or there is no file of this version, the files in `<store>/rrd` that
  /// are not known are added. The old file is kept as `catalog.damaged` then.
  static caf::expected<catalog_engine> open(catalog_settings settings);

  /// The names of all files, which this engine alone extends.
  std::shared_ptr<file_names> names() const noexcept {
    return table_.names();
  }

  /// The file with this `path_key`.
  std::optional<file_id> find(uint64_t key) const {
    return table_.find(key);
  }

  /// These files' states were in the snapshot: their shards have them. Once,
  /// before the first resolve.
  /// @param definitions what the shards' rows are made for, by the keys' order;
  /// empty: what the catalog says
  void remember(const std::vector<uint64_t>& keys,
                const std::vector<definition_ptr>& definitions = {});

  /// The files that exist: they must be described before the series can be
  /// resolved. Ask again until it is empty.
  std::vector<file_id> needs_description(const std::vector<new_series>& xs,
                                         const file_descriptions& known);

  /// A file whose shard has rows of another step or other sources.
  struct moving_file {
    file_id id = 0;

    /// If it is gone: what its rows are to be written into.
    definition_ptr remade;
  };

  /// The files whose shards must write and forget what they have before the
  /// series can be resolved: then call `let_go`, describe the files anew, and
  /// ask again.
  /// @pre `needs_description(xs, known)` is empty.
  std::vector<moving_file>
  moving(const std::vector<new_series>& xs, const file_descriptions& known);

  /// Whether shards have the states of all these files.
  bool in_use(const std::vector<file_id>& files) const;

  /// No shard has these files' states any more.
  void let_go(const std::vector<file_id>& files);

  /// Answers for each series in order.
  /// @pre `moving(xs, known)` is empty.
  std::vector<resolution>
  resolve(const std::vector<new_series>& xs, const file_descriptions& known);

  /// Learns in what the files of series that exist differ from their rules.
  /// @pre `needs_description(xs, known)` is empty.
  void
  compare(const std::vector<new_series>& xs, const file_descriptions& known);

  /// These files are let go of: they leave the index and do not count any more,
  /// but their names stay theirs. Unknown ones are passed over.
  void retire(const std::vector<file_id>& files);

  /// Frees the names of these files. Their ids are not used again.
  void release(const std::vector<file_id>& files);

  // -- files that differ ------------------------------------------------------

  /// The files that differ from their rules and have a series that matches the
  /// glob, in the order of their paths. A rule is known once a series of the
  /// file was resolved.
  std::vector<differing_file> differing(const std::string& glob) const;

  /// What is to be done with a file.
  struct reshape_plan {
    /// The shard must let go of it first.
    bool moves = false;

    /// The shape it shall get; null: that which it has.
    definition_ptr shape;
  };

  /// @param found what the file is now
  reshape_plan plan_reshape(file_id id, const file_info& found, bool reshape);

  /// A file is this now: `found.error` or, if it is not empty, `trouble` says
  /// why it has not the shape that it should have.
  void learn(file_id id, const file_info& found, const std::string& trouble);

  /// What writers must know of the files that came to differ or do no longer,
  /// since the last call.
  std::vector<reshape_job> take_wishes();

  /// Puts all that was decided on disk, and into the metrics; see
  /// `catalog_file::commit`.
  caf::error commit();

  /// At most 10,000 series, in the order of their names.
  std::vector<series_info> list(const series_query& query);

  /// At most 10,000 nodes of one level, in the order of their paths.
  std::vector<tree_node> level(const tree_query& query);

  /// The series that come of the topic `name`, are called so, or are in the
  /// file of an [[rrd]] that is; at most 100, in the order of their names.
  /// Looks at all series.
  std::vector<series_info> fed_by(std::string_view name);

  /// The first series of the file at `path`, which is a `series_info::file`.
  std::optional<series_info> series_in(std::string_view path) const;

  /// All series that match the glob, the retired ones, too.
  std::vector<series_info> matches(const std::string& glob);

  /// Whether `index_text` changed since the last `write_index`.
  bool index_stale() const noexcept {
    return index_stale_;
  }

  /// How many series there are or were.
  size_t series() const noexcept {
    return table_.series_count();
  }

  /// The paths of all living files, in the order of their names, joined by `|`.
  std::string index_text();

  /// Writes `<store>/rrd/index.txt`, whole or not at all.
  /// @returns its size.
  caf::expected<size_t> write_index();

  /// Lines for the log since the last call, the first ones only: one rule may
  /// concern a hundred thousand files.
  std::vector<std::string> take_notes();

  uint32_t shard_of(file_id id) const {
    return static_cast<uint32_t>(names()->key(id) % settings_.shard_count);
  }

  catalog_engine(catalog_engine&&) noexcept;
  ~catalog_engine();

private:
  struct shown_metrics;

  explicit catalog_engine(catalog_settings settings);

  caf::error load();
  void rebuild();
  caf::error compact();
  bool wasteful(uint64_t records) const;
  void add_found(const std::string& path, const file_info& found);

  series_planner make_planner();

  /// What the rows of a file in its shard are made for; null: it has none.
  definition_ptr held(file_id id) const;

  void apply(const new_series& x, series_plan& p);
  series_info info(series_id id) const;

  void note_shape(const new_series& x, file_id id, const series_plan& p);
  void set_difference(file_id id, const std::string& text, uint32_t wanted);
  std::string pattern_of(file_id id, bool labelled) const;

  void show();
  void note(std::string line);

  catalog_settings settings_;
  std::unique_ptr<shown_metrics> shown_;
  catalog_table table_;
  catalog_log log_;
  catalog_file file_;
  series_list list_;
  std::vector<std::string> notes_;
  uint64_t more_notes_ = 0;

  /// A file that is not what its rule wants.
  struct difference {
    /// The rule's definition.
    uint32_t wanted = no_id;

    bool labelled = false;
    std::string text;
    std::string trouble;
  };

  std::unordered_map<file_id, difference> differing_;

  /// What shards have for files that became something else since the snapshot.
  std::unordered_map<file_id, definition_ptr> held_;

  std::vector<reshape_job> wishes_;

  /// Files that were found in this run.
  std::unordered_set<file_id> found_;

  /// True at the start: what is there may be wrong.
  bool index_stale_ = true;
  bool index_checked_ = false;
};

} // namespace rrdflow
