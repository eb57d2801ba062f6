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
  return !last_position_ || journal_end >= *last_position_ + last_size_ / 2;
}

uint64_t snapshot_round::begin(time_point now) {
  running_ = true;
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
  last_position_ = at;
}

} // namespace rrdflow
