#include "actors/journal/journal_reader.hpp"

#include <utility>

namespace rrdflow {

void journal_reader::seek(position at, uint64_t sequence) {
  walk_.seek(at, sequence);
  consumed_.store(sequence, std::memory_order_relaxed);
}

feed_status journal_reader::next(journal_record& x) {
  auto result = walk_.next(x);
  if (result == feed_status::drained) {
    // What comes before this is read now, what comes after wakes us.
    writer_.wait_for_more();
    result = walk_.next(x);
  }
  consumed_.store(walk_.sequence(), std::memory_order_relaxed);
  return result;
}

size_t journal_reader::foresee(std::string_view* xs, size_t n) {
  return walk_.foresee(xs, n);
}

journal_gap journal_reader::gap() const {
  return walk_.gap();
}

caf::error journal_reader::failure() const {
  return walk_.failure();
}

position journal_reader::at() const {
  return walk_.at();
}

std::optional<int64_t> journal_reader::pass_second() {
  return writer_.pass_second(walk_.searched());
}

void journal_reader::wake_with(std::function<void()> f) {
  writer_.wake_with(std::move(f));
}

} // namespace rrdflow
