#pragma once

#include "messages/sample.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// A topic filter and the identifier that its subscription carries.
struct subscription {
  uint32_t identifier = 0;
  std::string filter;
};

/// Stands in a record of the journal, for all identifiers of the message, if it
/// is another copy of the message directly before it, which counts. No
/// subscription has it.
inline constexpr uint32_t copy_identifier = 0;

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, subscription& x) {
  return f(x.identifier, x.filter);
}

/// Rules that hold from their place in the journal on.
struct rules_request {
  /// A whole configuration file; its rules and rrds count.
  std::string text;

  /// The filters wanted from here on.
  std::vector<subscription> subscriptions;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, rules_request& x) {
  return f(x.text, x.subscriptions);
}

/// Writes the waiting rows of one series, or of all if `series` is empty.
struct flush_request {
  std::string series;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, flush_request& x) {
  return f(x.series);
}

/// Lets go of files without a reading since `idle_since` (seconds).
struct retire_request {
  std::vector<std::string> files;
  int64_t idle_since = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, retire_request& x) {
  return f(x.files, x.idle_since);
}

/// Writes what waits and frees the names that match.
struct forget_request {
  std::string pattern;

  /// Delete the files, too.
  bool remove = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, forget_request& x) {
  return f(x.pattern, x.remove);
}

/// Decodes the messages once more that are kept because they could not be
/// decoded.
struct replay_request {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, replay_request&) {
  return f();
}

/// Takes over what a file is now, after giving it its rule's step, archives and
/// sources if asked to. What waits is written first if it does not fit.
///
/// To the journal and the DECODER it is a `forget_request`: the same is done at
/// the same place, but the CATALOG keeps the names. (No name matches its
/// pattern, which begins with a byte that MQTT forbids.)
struct reshape_request {
  /// Of the file, as `file_names` has it.
  std::string path;

  bool reshape = true;
};

forget_request to_forget(const reshape_request& x);

/// The request that a `forget_request::pattern` stands for.
std::optional<reshape_request> to_reshape(std::string_view pattern);

/// The record at `at` makes an actor end each time it is applied: it is to be
/// taken as dead, wherever the verdict itself stands.
struct dead_record {
  position at = 0;

  /// Names the actor and what it said.
  std::string why;
};

/// The files of `xs` that are not among `others`.
std::vector<file_id>
without(const std::vector<file_id>& xs, const std::vector<file_id>& others);

/// What came of a flush, forget or rules request.
struct request_outcome {
  /// Rows that are in their files now because of a flush or forget.
  uint64_t rows = 0;

  /// Files that were concerned.
  uint64_t files = 0;

  /// Names the file and the reason for each that failed.
  std::vector<std::string> failures{};

  /// Rows whose slot is over, but which wait for the next reading of a rate in
  /// their file.
  uint64_t waiting = 0;

  /// Rows whose slot is not over.
  uint64_t running = 0;

  /// Of a replay: messages that were decoded once more, and those of them that
  /// became samples.
  uint64_t messages = 0;
  uint64_t decoded = 0;

  /// Of a release: the files whose rows still wait.
  std::vector<file_id> unwritten{};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, request_outcome& x) {
  return f(x.rows, x.files, x.failures, x.waiting, x.running, x.messages,
           x.decoded, x.unwritten);
}

/// The requests as payloads of journal records (msgpack arrays of the members
/// in their order). Unpacking checks sizes and returns false on damage.
std::string pack(const rules_request& x);
std::string pack(const flush_request& x);
std::string pack(const retire_request& x);
std::string pack(const forget_request& x);
std::string pack(const dead_record& x);
bool unpack(std::string_view bytes, rules_request& x);
bool unpack(std::string_view bytes, flush_request& x);
bool unpack(std::string_view bytes, retire_request& x);
bool unpack(std::string_view bytes, forget_request& x);
bool unpack(std::string_view bytes, dead_record& x);

} // namespace rrdflow
