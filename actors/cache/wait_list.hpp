#pragma once

#include "messages/request.hpp"
#include "messages/sample.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// The requests that wait for rows to be confirmed: flushes, releases, and
/// those that ask whether the shard caught up.
class wait_list {
public:
  /// The first rows of a file.
  struct awaited {
    file_id file;
    uint32_t rows;
  };

  struct finished {
    uint64_t ticket = 0;
    request_outcome outcome;
  };

  /// Begins a wait. A patient one outlasts failures of the writer unless they
  /// are a single file's; the others give up a file that keeps failing, and say
  /// so in their outcome.
  /// @param files of those that come twice, the first counts
  /// @param outcome what is known of it
  /// @returns its ticket
  uint64_t
  add(bool patient, std::vector<awaited> files, request_outcome outcome = {});

  /// The first `rows` rows of `file` are gone, `written` of them into the file.
  void confirmed(file_id file, uint32_t rows, uint32_t written);

  /// Adds a problem with rows of `file` to the outcomes.
  void note(file_id file, const std::string& problem);

  /// The rows of `file` go on waiting, the releases that wait for it do not.
  void keep(file_id file);

  /// No request waits for `file` any longer, but the patient ones if they are
  /// not `included`.
  void give_up(file_id file, bool included = false);

  /// What has come to its end since the last call, in order.
  std::vector<finished> take_finished();

private:
  struct wait {
    uint64_t ticket = 0;
    bool patient = false;
    uint64_t more_failures = 0;
    request_outcome outcome;

    /// Ordered by file; without rows: not waited for any longer.
    std::vector<awaited> files;

    /// How many have rows.
    size_t open = 0;

    /// Null if it does not wait for the file.
    awaited* find(file_id file) noexcept;
    void drop(awaited& x) noexcept;
  };

  void sweep();

  uint64_t tickets_ = 0;
  std::vector<wait> waits_;
  std::vector<finished> finished_;
};

} // namespace rrdflow
