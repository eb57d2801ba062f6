#pragma once

#include "actors/catalog/catalog_table.hpp"
#include "messages/catalog_values.hpp"
#include "messages/writer_values.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace rrdflow {

/// The RRD_WRITERs' descriptions of files that a resolve asked for.
using file_descriptions = std::unordered_map<file_id, file_info>;

/// What is decided about a new series before anything is changed.
struct series_plan {
  /// Says why, if the series is refused; else what is known by now.
  resolution answer;

  std::string path;
  bool labelled = false;

  /// The file and series, if they are known.
  std::optional<file_id> file;
  series_id series = no_id;

  /// What is known of the file was only found on the disk, and is wrong.
  bool drop_found = false;

  uint32_t definition = no_id;
  bool differs = false;

  bool refused() const noexcept {
    return answer.refused != refusal::none;
  }

  /// Whether nothing more is to be decided.
  bool is_settled() const noexcept {
    return refused() || answer.absent;
  }

  void refuse(refusal why, std::string reason) {
    answer.refused = why;
    answer.reason = std::move(reason);
  }
};

/// Decides which file and source a new series gets, or why it is refused.
/// Changes nothing in the table but its known definitions.
class series_planner {
public:
  /// @param folder `<store>/rrd/`
  /// @param max_series How many may live at a time.
  series_planner(catalog_table& table, std::string folder, uint64_t max_series)
    : table_{table}, folder_{std::move(folder)}, max_series_{max_series} {
    // nop
  }

  /// Finds the file and its path; refuses what could get none in any case.
  series_plan find(const new_series& x) const;

  /// Whether the file exists and no shard has its state: then `plan` needs its
  /// description.
  bool
  needs_description(const series_plan& p, const file_descriptions& known) const;

  series_plan plan(const new_series& x, const file_descriptions& known);

private:
  void identify(const new_series& x, series_plan& p) const;
  void find_series(const new_series& x, series_plan& p) const;
  void check_origin(const new_series& x, series_plan& p) const;
  void check_limits(const new_series& x, series_plan& p) const;
  void choose_definition(const new_series& x, const file_descriptions& known,
                         series_plan& p);

  /// Whether something stands at the place of a file, be it a file or not. True
  /// in doubt.
  bool file_exists(const std::string& path) const;

  catalog_table& table_;
  std::string folder_;
  uint64_t max_series_;
};

} // namespace rrdflow
