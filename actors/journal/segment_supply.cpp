#include "actors/journal/segment_supply.hpp"

#include <utility>

namespace rrdflow {

segment_supply::segment_supply(const journal_files& files, std::string folder,
                               const journal_limits& limits,
                               const segment_list& segments, uint64_t id,
                               position base)
  : files_{files}, folder_{std::move(folder)}, limits_{limits},
    segments_{segments}, id_{id}, base_{base} {
  // nop
}

segment_supply::refusal
segment_supply::prepare(guard& held, int64_t created, bool force) {
  if (making_) {
    made_.wait(held, [this] { return !making_; });
    return {};
  }
  if (next_.file)
    return {};
  refusal result{limit(), {}};
  if (result.reason != stall_reason::none && !force)
    return result;
  segment_header header;
  header.id = id_;
  header.base = base_;
  header.created = created;
  // Takes the lock back, also when there is no memory.
  struct unlocked {
    segment_supply& self;
    guard& held;

    unlocked(segment_supply& x, guard& y) : self{x}, held{y} {
      self.making_ = true;
      held.unlock();
    }

    ~unlocked() {
      held.lock();
      self.making_ = false;
      self.made_.notify_all();
    }
  };
  auto file = [&] {
    unlocked scope{*this, held};
    return make_segment(files_, folder_, header, limits_.segment_size);
  }();
  if (!file)
    return {stall_of(file.error()), std::move(file.error())};
  next_ = {header, std::move(*file)};
  bytes_ = limits_.segment_size;
  base_ += limits_.segment_size;
  return result;
}

/// Why no segment may be made for messages.
stall_reason segment_supply::limit() const {
  if (segments_.bytes(covered_) + limits_.segment_size > limits_.max_size)
    return stall_reason::journal_full;
  if (files_.available(folder_) < limits_.disk_reserve + limits_.segment_size)
    return stall_reason::disk_reserve;
  return stall_reason::none;
}

} // namespace rrdflow
