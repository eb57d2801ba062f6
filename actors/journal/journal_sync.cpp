#include "actors/journal/journal_sync.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace rrdflow {

journal_sync::journal_sync(const journal_files& files, std::string folder,
                           sync_policy policy, position durable,
                           std::function<int64_t()> clock,
                           metric_registry* registry)
  : files_{files}, folder_{std::move(folder)}, policy_{policy},
    synced_{durable}, clock_{std::move(clock)},
    seconds_{registry,
             {"journal_sync_seconds", "Duration of one sync of the journal."},
             {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1}} {
  // nop
}

void journal_sync::add_full(open_segment x) {
  if (policy_ == sync_policy::interval)
    full_.push_back(std::move(x));
}

caf::error journal_sync::sync_record(const open_segment& active, position end) {
  if (files_.sync(active.file->fd()) != 0)
    return mark_broken(active, errno);
  synced_ = end;
  return caf::none;
}

caf::error
journal_sync::sync(guard& held, const open_segment& active, position end) {
  if (policy_ == sync_policy::never || end <= synced_)
    return caf::none;
  auto todo = full_;
  todo.push_back(active);
  held.unlock();
  auto begin = clock_();
  for (auto& x : todo)
    if (files_.sync(x.file->fd()) != 0) {
      auto error_number = errno;
      held.lock();
      return mark_broken(x, error_number);
    }
  seconds_.add(static_cast<double>(clock_() - begin) / 1e9);
  held.lock();
  // Segments that became full meanwhile stay.
  full_.erase(full_.begin(),
              full_.begin() + static_cast<std::ptrdiff_t>(todo.size() - 1));
  synced_ = std::max(synced_, end);
  return caf::none;
}

caf::error journal_sync::repair(open_segment& active, position end) {
  for (; !full_.empty(); full_.erase(full_.begin()))
    if (auto err = copy(full_.front()))
      return err;
  if (active.file)
    if (auto err = copy(active))
      return err;
  synced_ = end;
  broken_ = false;
  forget_failed_sync(folder_);
  return caf::none;
}

caf::error journal_sync::copy(open_segment& x) {
  auto file = copy_segment(files_, folder_, x.info->header.base, *x.file);
  if (!file)
    return std::move(file.error());
  x.file = std::move(*file);
  ++x.info->generation;
  return caf::none;
}

caf::error journal_sync::mark_broken(const open_segment& x, int error_number) {
  broken_ = true;
  note_failed_sync(folder_);
  return file_error(x.info->path, error_number);
}

} // namespace rrdflow
