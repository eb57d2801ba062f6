#include "actors/journal/journal_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace rrdflow {

namespace {

/// The first base of a segment above `x`.
position aligned_above(position x) {
  constexpr position alignment = 4096;
  return x == 0 ? 0 : (x / alignment + 1) * alignment;
}

} // namespace

const char* to_string(stall_reason x) {
  switch (x) {
    case stall_reason::none:
      return "none";
    case stall_reason::journal_full:
      return "journal_full";
    case stall_reason::disk_reserve:
      return "disk_reserve";
    case stall_reason::clock:
      return "clock";
    case stall_reason::io:
      return "io";
  }
  return "unknown";
}

journal_writer::journal_writer(writer_options options, segment_list& segments,
                               const recovered_journal& start,
                               position at_least, arrival_clock clock)
  : options_{std::move(options)}, segments_{segments}, clock_{std::move(clock)},
    id_{start.id}, next_base_{std::max(start.unused, aligned_above(at_least))},
    last_end_{start.end}, end_{std::max(start.end, at_least)}, synced_{end_},
    checksum_{start.checksum}, sequence_{start.last_sequence},
    request_{start.last_request} {
  guard held{lock_};
  if (clock_.behind())
    stall(stall_reason::clock);
  roll(held, false);
}

// -- appending ----------------------------------------------------------------

append_result journal_writer::append(const record_content& message) {
  if (record_size(message) > options_.segment_size / 4)
    return append_result::too_large;
  {
    guard held{lock_};
    if (stalled_ != stall_reason::none || !put(held, message, false))
      return append_result::stalled;
  }
  wake();
  return append_result::taken;
}

caf::expected<uint64_t>
journal_writer::append_request(record_kind kind, std::string_view payload) {
  record_content x;
  x.kind = kind;
  x.payload = payload;
  if (record_size(x) > options_.segment_size / 4)
    return fail(ec::bad_request, "journal: the request is too large");
  {
    guard held{lock_};
    x.request = request_ + 1;
    if (broken_ || !put(held, x, true))
      return failure_;
    request_ = x.request;
  }
  wake();
  return x.request;
}

/// Appends a record; otherwise the stall is set, and `failure_`.
bool journal_writer::put(guard& held, const record_content& x, bool force) {
  auto size = record_size(x);
  auto room = options_.segment_size - segment_header_size;
  while (!active_.file || offset_ + size > room)
    if (!roll(held, force))
      return false;
  auto sequence = sequence_ + (x.kind == record_kind::message ? 1 : 0);
  auto to = active_.file->data() + offset_;
  auto at = active_.info->header.base + offset_;
  auto checksum = write_record(to, x, id_, at, sequence, clock_.now());
  if (options_.sync == sync_policy::always
      && options_.files.sync(active_.file->fd()) != 0) {
    auto why = file_error(active_.info->path, errno);
    // Nobody has seen it yet: it is as if it had not come.
    std::memset(to, 0, size);
    break_off();
    stall(stall_reason::io, std::move(why));
    return false;
  }
  checksum_ = checksum;
  sequence_ = sequence;
  offset_ += size;
  end_ = last_end_ = at + size;
  if (options_.sync == sync_policy::always)
    synced_ = end_;
  active_.info->end = end_;
  return true;
}

/// Goes on in the next segment.
bool journal_writer::roll(guard& held, bool force) {
  if (making_) {
    // Somebody is about to be ready; see then.
    changed_.wait(held, [&] { return !making_; });
    return true;
  }
  if (!spare_) {
    if (auto reason = growth_refused(); reason != stall_reason::none) {
      stall(reason);
      if (!force)
        return false;
    }
    auto file = make_next(held);
    if (!file) {
      stall(stall_of(file.error()), file.error());
      return false;
    }
    spare_ = std::move(*file);
  }
  begin(spare_, spare_header_);
  spare_ = nullptr;
  return true;
}

/// Makes a prepared segment the active one. When there is no memory it may be
/// called again.
void journal_writer::begin(mapped_file_ptr file, segment_header header) {
  auto info = std::make_shared<segment>();
  info->path = options_.folder + "/" + segment_name(header.base);
  dirty_.reserve(dirty_.size() + 1);
  header.state = segment_state::begun;
  header.last_sequence = sequence_;
  header.previous_end = last_end_;
  header.previous_checksum = checksum_;
  write_header(file->data() + file->size() - segment_header_size, header);
  write_header(file->data(), header);
  info->header = header;
  info->size = file->size();
  info->end = info->first();
  segments_.add(info);
  if (active_.file && options_.sync == sync_policy::interval)
    dirty_.push_back(active_);
  active_ = {std::move(info), std::move(file)};
  offset_ = segment_header_size;
}

/// Makes a segment at the next base; @pre nobody else does.
caf::expected<mapped_file_ptr> journal_writer::make_next(guard& held) {
  segment_header header;
  header.id = id_;
  header.base = next_base_;
  header.created = clock_.last();
  making_ = true;
  held.unlock();
  auto made = [&] {
    held.lock();
    making_ = false;
    changed_.notify_all();
  };
  auto result = caf::expected<mapped_file_ptr>{caf::error{}};
  try {
    result = make_segment(options_.files, options_.folder, header,
                          options_.segment_size);
  } catch (...) {
    made();
    throw;
  }
  made();
  if (result) {
    spare_header_ = header;
    next_base_ += options_.segment_size;
  }
  return result;
}

bool journal_writer::wait_for_room(std::chrono::milliseconds patience) {
  guard held{lock_};
  return changed_.wait_for(held, patience,
                           [&] { return stalled_ == stall_reason::none; });
}

void journal_writer::stall(stall_reason x, caf::error why) {
  if (broken_ && !why)
    return;
  failure_ = std::move(why);
  // A broken journal stays so, whatever else is wrong.
  stalled_ = broken_ ? stall_reason::io : x;
}

// -- the reader's side --------------------------------------------------------

std::optional<int64_t> journal_writer::pass_second(position at) {
  guard held{lock_};
  if (at < last_end_ || clock_.behind())
    return std::nullopt;
  return clock_.now() / 1'000'000'000;
}

void journal_writer::wait_for_more() {
  waiting_ = true;
}

void journal_writer::wake_with(std::function<void()> f) {
  std::lock_guard held{wake_lock_};
  wake_ = std::move(f);
}

void journal_writer::wake() {
  if (!waiting_ || !waiting_.exchange(false))
    return;
  std::lock_guard held{wake_lock_};
  if (wake_)
    wake_();
}

} // namespace rrdflow
