#pragma once

#include "actors/base/file_names.hpp"
#include "messages/request.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace rrdflow {

/// Files in one `retire_request` at most: a record of the journal is bounded.
constexpr size_t max_retired_files = 10000;

/// How long to wait between two looks for idle files: a 24th of the time after
/// which a file is dead, at least a second and at most ten minutes.
std::chrono::seconds reap_interval(std::chrono::seconds after);

/// One look for idle files: gathers what the shards list and says what to
/// request next. Between `begin` and the end (`busy` is false) there is no
/// second look.
class reap_plan {
public:
  /// Begins a look for files without a reading since `idle_since` (seconds);
  /// `shards` answers follow.
  void begin(int64_t idle_since, size_t shards);

  /// Takes a shard's list; an empty one if it could not answer.
  void add(const std::vector<file_id>& files);

  /// Whether shards have not answered, or files are left, or a request is out.
  bool busy() const noexcept {
    return waiting_ > 0 || !files_.empty() || out_;
  }

  /// What to request now; nothing while a request is out.
  std::optional<retire_request> next(const file_names& names);

  /// The request was done.
  void done();

  /// Gives up what is left: the next look finds it again.
  void give_up();

private:
  int64_t idle_since_ = 0;
  size_t waiting_ = 0;
  std::vector<file_id> files_;
  bool out_ = false;
};

} // namespace rrdflow
