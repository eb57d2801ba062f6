#pragma once

#include "messages/request.hpp"
#include "messages/sample.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// Who waits for which rows to be confirmed: flushes, releases, and those who
/// ask whether the shard caught up.
class wait_list {
public:
  struct finished {
    uint64_t ticket = 0;
    request_outcome outcome;
  };

  /// Begins a wait. A patient one outlasts failures of the writer unless they
  /// are a single file's; the others give up a file that keeps failing, and say
  /// so in their outcome.
  /// @param files about how many it is going to be for
  /// @returns its ticket
  uint64_t begin(bool patient, size_t files = 0);

  /// The wait that began last is for the first `rows` rows of `file`, too,
  /// unless it is for some of them already.
  void add(file_id file, uint32_t rows);

  /// To be called when the wait that began last is complete.
  void close();

  /// The first `rows` rows of `file` are gone, `written` of them into the file.
  void confirmed(file_id file, uint32_t rows, uint32_t written);

  /// Something happened to rows of `file`.
  void note(file_id file, const std::string& problem);

  /// Nobody waits for `file` any longer, but the patient if they are not
  /// `included`.
  void give_up(file_id file, bool included = false);

  /// What has come to its end since the last call, in order.
  std::vector<finished> take_finished();

  bool empty() const noexcept {
    return waits_.empty();
  }

private:
  /// What somebody waits for, `gone` if not any longer.
  struct awaited {
    file_id file;
    uint32_t rows;
  };

  static constexpr uint32_t gone = 0xffffffff;

  struct wait {
    uint64_t ticket = 0;
    bool patient = false;
    bool closed = false;
    uint64_t more_failures = 0;
    request_outcome outcome;

    /// Ordered by file once it is closed.
    std::vector<awaited> files;

    /// How many are not gone.
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
