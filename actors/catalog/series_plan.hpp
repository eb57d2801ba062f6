#pragma once

#include "actors/catalog/catalog_table.hpp"
#include "messages/catalog_values.hpp"
#include "messages/writer_values.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
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

  /// The rule's definition, and the one that will be in force.
  uint32_t wanted = no_id;
  uint32_t definition = no_id;

  /// For people: what of the file is not as the rule wants it.
  std::string difference;

  /// The shard has rows of another layout.
  bool moves = false;

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

/// For messages: the command that gives a file the shape of its rule.
/// @param file its name, not escaped
std::string reshape_hint(std::string_view file, bool labelled);

/// Decides which file and source a new series gets, or why it is refused.
/// Changes nothing in the table but its known definitions.
class series_planner {
public:
  /// @param folder `<store>/rrd/`
  /// @param max_series How many may live at a time.
  /// @param held What the rows of a file in its shard are made for; null: it
  /// has none.
  series_planner(catalog_table& table, std::string folder, uint64_t max_series,
                 std::function<definition_ptr(file_id)> held)
    : table_{table}, folder_{std::move(folder)},
      max_series_{max_series}, held_{std::move(held)} {
    // nop
  }

  /// Finds the file and its path; refuses what could get none in any case.
  series_plan find(const new_series& x) const;

  /// Whether the file exists: then `plan` needs its description, since another
  /// program may have changed it.
  bool
  needs_description(const series_plan& p, const file_descriptions& known) const;

  /// Whether the file's shard must write and forget its rows before `plan`,
  /// because the file has another step or other sources than these rows.
  bool moves(const new_series& x, const file_descriptions& known);

  series_plan plan(const new_series& x, const file_descriptions& known);

private:
  void identify(const new_series& x, series_plan& p) const;
  void find_series(const new_series& x, series_plan& p) const;
  void check_origin(const new_series& x, series_plan& p) const;
  void check_limits(const new_series& x, series_plan& p) const;
  void choose_definition(const new_series& x, const file_descriptions& known,
                         series_plan& p);

  /// Refuses a source that the file lacks or has with another type.
  void check_source(const new_series& x, const file_definition& own,
                    series_plan& p) const;

  /// Whether something stands at the place of a file, be it a file or not. True
  /// in doubt.
  bool file_exists(const std::string& path) const;

  catalog_table& table_;
  std::string folder_;
  uint64_t max_series_;
  std::function<definition_ptr(file_id)> held_;
};

} // namespace rrdflow
