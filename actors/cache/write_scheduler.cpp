#include "actors/cache/write_scheduler.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

void write_scheduler::ready(cached_file& x) {
  if (x.stage != file_stage::idle || x.sealed == 0)
    return;
  x.stage = file_stage::ready;
  enqueue(x);
}

void write_scheduler::prioritize(cached_file& x) {
  if (x.sealed == 0)
    return;
  x.urgent = true;
  if (x.stage != file_stage::in_flight) {
    x.stage = file_stage::ready;
    enqueue(x);
  }
}

void write_scheduler::synced(position x) {
  positions_.synced(x);
  for (auto id : std::exchange(unsynced_, {}))
    if (auto* file = files_.find(id);
        file != nullptr && file->stage == file_stage::ready)
      enqueue(*file);
}

std::vector<write_job> write_scheduler::take(bool urgent) {
  std::vector<write_job> result;
  auto& queue = urgent ? urgent_ : normal_;
  while (!queue.empty() && result.size() < max_files) {
    auto* x = files_.find(queue.front());
    queue.pop_front();
    if (x == nullptr || x->stage != file_stage::ready || x->urgent != urgent)
      continue;
    if (x->sealed == 0) {
      x->stage = file_stage::idle;
      continue;
    }
    if (!positions_.is_synced(files_.sealed_at(*x))) {
      unsynced_.push_back(x->id);
      continue;
    }
    packer_.pack_before_write(*x);
    result.push_back(make_job(*x));
    x->stage = file_stage::in_flight;
  }
  return result;
}

void write_scheduler::returned(cached_file& x) {
  files_.handed(x) = 0;
  x.stage = file_stage::idle;
  if (x.sealed == 0)
    x.urgent = false;
  ready(x);
}

void write_scheduler::repeat(cached_file& x, time_point when) {
  files_.handed(x) = 0;
  x.stage = file_stage::retrying;
  retries_.emplace(when, x.id);
}

void write_scheduler::wake(time_point now) {
  while (!retries_.empty() && retries_.begin()->first <= now) {
    auto* x = files_.find(retries_.begin()->second);
    retries_.erase(retries_.begin());
    if (x == nullptr || x->stage != file_stage::retrying)
      continue;
    x->stage = file_stage::ready;
    enqueue(*x);
  }
}

std::optional<write_scheduler::time_point> write_scheduler::next_wake() const {
  if (retries_.empty())
    return std::nullopt;
  return retries_.begin()->first;
}

write_job write_scheduler::make_job(cached_file& x) {
  write_job result{x.id, files_.definition(x), {}, x.urgent};
  row_emitter emitter{*result.definition, files_.previous(x)};
  auto& handed = files_.handed(x);
  handed = 0;
  x.rows.for_each(0, [&](row_view row) {
    // A row may bring an extra one.
    if (handed == x.sealed || result.rows.times.size() + 2 > max_rows)
      return false;
    emitter.emit(row, result.rows);
    ++handed;
    return true;
  });
  return result;
}

void write_scheduler::enqueue(cached_file& x) {
  if (!positions_.is_synced(files_.sealed_at(x)))
    unsynced_.push_back(x.id);
  else
    (x.urgent ? urgent_ : normal_).push_back(x.id);
}

} // namespace rrdflow
