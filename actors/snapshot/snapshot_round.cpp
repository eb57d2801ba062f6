#include "actors/snapshot/snapshot_round.hpp"

namespace rrdflow {

bool snapshot_round::due(time_point now, position journal_end,
                         bool asked) const noexcept {
  if (running_)
    return false;
  if (asked)
    return true;
  if (now - begun_ < every_)
    return false;
  if (!last_position_ || journal_end >= *last_position_ + last_size_ / 2)
    return true;
  return journal_end == end_at_begin_ && covered_ < journal_end;
}

uint64_t snapshot_round::begin(time_point now, position journal_end) {
  running_ = true;
  end_at_begin_ = journal_end;
  begun_ = now;
  done_.clear();
  return ++marker_;
}

bool snapshot_round::arrived(uint32_t owner) {
  if (std::find(done_.begin(), done_.end(), owner) == done_.end())
    done_.push_back(owner);
  return done_.size() == owners_;
}

void snapshot_round::committed(uint64_t size, position at) {
  running_ = false;
  last_size_ = size;
  covered_ = last_position_.value_or(0);
  last_position_ = at;
}

} // namespace rrdflow
