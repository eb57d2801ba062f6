#pragma once

#include "config/file_definition.hpp"
#include "messages/sample.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// A series that the DECODER meets for the first time in this run, or for the
/// first time since its rules changed.
struct new_series {
  /// The series' name, not escaped, e.g. "plant/hall 1/temp".
  std::string name;

  /// The file's name, not escaped: that of the series, or that of the [[rrd]].
  std::string file;

  /// Where the series comes from: a topic and a path in the payload, with the
  /// values of the fields in front of it that the rule's template names.
  std::string topic;
  std::string path;

  /// The name of the rule, or "rrd/NAME" for an [[rrd]], and the rule's limit
  /// of series (0: none).
  std::string rule;
  uint64_t max_series = 0;

  /// Whether other topics may feed the same series.
  bool shared = false;

  /// Whether to leave it at that if there is no such series.
  bool known_only = false;

  /// Index into `definition->sources`.
  uint16_t source = 0;

  definition_ptr definition;
};

/// Why a series is refused; the metrics' label `reason`.
enum class refusal : uint8_t {
  none,
  /// The name belongs to another topic or path.
  collision,
  /// limits.series or the rule's max_series is reached.
  limit,
  /// The name cannot be a path: a level is too long.
  name,
  /// The existing file lacks the source, or has it with another type, or is
  /// something else than an RRD file.
  file,
};

/// @relates refusal
inline const char* to_string(refusal x) {
  switch (x) {
    case refusal::none:
      return "none";
    case refusal::collision:
      return "collision";
    case refusal::limit:
      return "limit";
    case refusal::name:
      return "name";
    case refusal::file:
      return "file";
  }
  return "unknown";
}

/// The CATALOG's answer for a new series.
struct resolution {
  refusal refused = refusal::none;

  /// There is no such series, and none was to be made (`known_only`).
  bool absent = false;

  /// Why it was refused, as text for logs and answers.
  std::string reason;

  file_id file = 0;

  /// Index into `definition->sources`.
  uint16_t source = 0;

  uint32_t shard = 0;

  /// The definition in force: the file's own step and archives if it existed.
  definition_ptr definition;

  /// Seconds: readings at or before are late. The file's last update if the
  /// file existed without remembered state, else 0.
  int64_t sealed_until = 0;
};

/// A file as the DECODER announces it to its shard, before its first sample and
/// whenever the definition changed.
struct file_binding {
  file_id file = 0;
  definition_ptr definition;
  int64_t sealed_until = 0;
};

/// A series in lists.
struct series_info {
  std::string name;

  /// Path below `<store>/rrd`, with `.rrd`.
  std::string file;

  /// The data source's name and index in the file.
  std::string source;
  uint16_t index = 0;

  std::string rule;
  std::string topic;

  /// The path in the payload.
  std::string path;

  file_id id = 0;
  uint32_t shard = 0;

  /// Seconds of the file's slots and of the source's heartbeat; 0: not known.
  int64_t step = 0;
  int64_t heartbeat = 0;

  /// False once the REAPER let go of it.
  bool alive = true;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, series_info& x) {
  return f(x.name, x.file, x.source, x.index, x.rule, x.topic, x.path, x.id,
           x.shard, x.step, x.heartbeat, x.alive);
}

/// A file whose step, archives or sources are not those of its rule.
struct differing_file {
  /// As `series_info::file`.
  std::string file;

  /// A pattern for `rrdflow reshape`: the name of its series, or "NAME/*" of
  /// an [[rrd]].
  std::string name;

  /// For people: what differs.
  std::string difference;

  /// Why it could not be given its rule's shape; empty: nobody tried.
  std::string trouble;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, differing_file& x) {
  return f(x.file, x.name, x.difference, x.trouble);
}

/// Asks for a page of series, in the order of their names.
struct series_query {
  /// A glob (`*`, `?`), or words that are all part of the name; empty: all.
  std::string pattern;

  /// The page begins behind this name; empty: at the first.
  std::string after;

  uint32_t limit = 100;

  /// Take `pattern` as one exact name.
  bool exact = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, series_query& x) {
  return f(x.pattern, x.after, x.limit, x.exact);
}

/// Asks for the one series of this name.
inline series_query exact_query(std::string name) {
  return {std::move(name), {}, 1, true};
}

/// Asks for one level of the tree that the names' slashes make.
struct tree_query {
  /// All names below it begin so: empty, or a path that ends with a slash.
  std::string prefix;

  /// The page begins behind the node of this path; empty: at the first.
  std::string after;

  uint32_t limit = 100;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tree_query& x) {
  return f(x.prefix, x.after, x.limit);
}

/// A branch of the tree, or one series. What has no fork on its way is one
/// node: of "a/b/c" and "a/b/d" alone the node is "a/b/".
struct tree_node {
  /// With the prefix; that of a branch ends with a slash.
  std::string path;

  /// How many series are below; 1: it is a series itself.
  uint64_t count = 0;

  /// Only of a series.
  series_info series;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tree_node& x) {
  return f(x.path, x.count, x.series);
}

} // namespace rrdflow
