// The keeper's half of the writer: syncs, room, deletion.

#include "actors/journal/journal_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace rrdflow {

stall_reason stall_of(const caf::error& x) {
  return x == ec::disk_full ? stall_reason::disk_reserve : stall_reason::io;
}

caf::error journal_writer::sync() {
  std::vector<open_segment> todo;
  position target = 0;
  {
    guard held{lock_};
    if (broken_)
      return failure_;
    if (options_.sync == sync_policy::never || end_ <= synced_)
      return caf::none;
    todo = dirty_;
    todo.push_back(active_);
    target = end_;
  }
  for (auto& x : todo) {
    if (options_.files.sync(x.file->fd()) == 0)
      continue;
    auto error_number = errno;
    guard held{lock_};
    break_off();
    stall(stall_reason::io, file_error(x.info->path, error_number));
    return failure_;
  }
  guard held{lock_};
  // Segments that were rolled meanwhile stay.
  dirty_.erase(dirty_.begin(),
               dirty_.begin() + static_cast<std::ptrdiff_t>(todo.size() - 1));
  synced_ = std::max(synced_, target);
  return caf::none;
}

/// A sync failed. @pre the lock is held
void journal_writer::break_off() {
  broken_ = true;
  note_failed_sync(options_.folder);
}

caf::error journal_writer::mend() {
  guard held{lock_};
  if (!broken_)
    return caf::none;
  auto copy = [this](open_segment& x) -> caf::error {
    auto file = copy_segment(options_.files, options_.folder,
                             x.info->header.base, *x.file);
    if (!file)
      return std::move(file.error());
    x.file = std::move(*file);
    ++x.info->generation;
    return caf::none;
  };
  while (!dirty_.empty()) {
    if (auto err = copy(dirty_.front()))
      return failure_ = err;
    dirty_.erase(dirty_.begin());
  }
  if (active_.file)
    if (auto err = copy(active_))
      return failure_ = err;
  synced_ = end_;
  broken_ = false;
  forget_failed_sync(options_.folder);
  stalled_ = clock_.behind() ? stall_reason::clock : stall_reason::none;
  changed_.notify_all();
  return caf::none;
}

bool journal_writer::broken() const {
  guard held{lock_};
  return broken_;
}

bool journal_writer::make_room() {
  delete_covered(0);
  guard held{lock_};
  auto grows = [this] {
    return stalled_ != stall_reason::none && stalled_ != stall_reason::clock;
  };
  auto left = active_.file ? options_.segment_size - offset_ : 0;
  auto reason = stall_reason::none;
  caf::error why;
  if (!broken_ && !spare_ && !making_
      && (grows() || left < options_.segment_size / 2)) {
    reason = growth_refused();
    if (reason == stall_reason::none) {
      auto file = make_next(held);
      if (file)
        spare_ = std::move(*file);
      else
        reason = stall_of(why = file.error());
    }
  }
  if (broken_)
    return false;
  failure_ = std::move(why);
  if (stalled_ == stall_reason::none)
    return false;
  // Without a next segment there is no stall yet while the active one has room.
  if (clock_.behind())
    reason = stall_reason::clock;
  else if (!grows())
    reason = stall_reason::none;
  stalled_ = reason;
  if (reason != stall_reason::none)
    return false;
  changed_.notify_all();
  return true;
}

void journal_writer::delete_covered(position covered) {
  position keep = 0;
  {
    guard held{lock_};
    covered_ = std::max(covered_, covered);
    covered = covered_;
    keep = dirty_.empty() ? end_ : dirty_.front().info->header.base;
  }
  for (auto& x : segments_.take_covered(covered, keep))
    ::unlink(x->path.c_str());
}

/// Why no segment may be made for messages. @pre the lock is held
stall_reason journal_writer::growth_refused() const {
  auto bytes = options_.segment_size;
  for (auto& x : segments_.all())
    // What is covered goes as soon as there is a newer segment.
    if (x->end.load() > covered_)
      bytes += x->size;
  if (bytes > options_.max_size)
    return stall_reason::journal_full;
  if (options_.files.available(options_.folder)
      < options_.disk_reserve + options_.segment_size)
    return stall_reason::disk_reserve;
  return stall_reason::none;
}

// -- properties ---------------------------------------------------------------

position journal_writer::end() const {
  guard held{lock_};
  return end_;
}

position journal_writer::synced() const {
  guard held{lock_};
  return options_.sync == sync_policy::never ? end_ : synced_;
}

uint64_t journal_writer::last_sequence() const {
  guard held{lock_};
  return sequence_;
}

stall_reason journal_writer::stalled() const noexcept {
  return stalled_;
}

caf::error journal_writer::failure() const {
  guard held{lock_};
  return failure_;
}

uint64_t journal_writer::bytes() const {
  guard held{lock_};
  return segments_.bytes() + (spare_ ? options_.segment_size : 0);
}

} // namespace rrdflow
