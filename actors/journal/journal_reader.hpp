#pragma once

#include "actors/journal/journal_writer.hpp"
#include "actors/journal/segment_walk.hpp"
#include "messages/journal_feed.hpp"

#include <atomic>

namespace rrdflow {

/// Reads what a journal_writer appends, while it does.
///
/// Concurrency: as journal_feed says; `consumed` may be asked in any thread.
class journal_reader : public journal_feed {
public:
  /// @pre both outlive the reader
  journal_reader(journal_writer& writer, const segment_list& segments)
    : writer_{writer}, walk_{segments} {
    // nop
  }

  void seek(position at, uint64_t sequence) override;
  feed_status next(journal_record& x) override;
  size_t foresee(std::string_view* xs, size_t n) override;
  journal_gap gap() const override;
  caf::error failure() const override;
  position at() const override;
  std::optional<int64_t> pass_second() override;
  void wake_with(std::function<void()> f) override;

  /// The newest message that was read or is missing.
  uint64_t consumed() const noexcept {
    return consumed_.load(std::memory_order_relaxed);
  }

private:
  journal_writer& writer_;
  segment_walk walk_;
  std::atomic<uint64_t> consumed_{0};
};

} // namespace rrdflow
