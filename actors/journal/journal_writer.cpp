#include "actors/journal/journal_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace rrdflow {

namespace {

constexpr int64_t second = 1'000'000'000;

/// The first base of a segment above `x`.
position aligned_above(position x) {
  constexpr position alignment = 4096;
  return x == 0 ? 0 : (x / alignment + 1) * alignment;
}

} // namespace

journal_writer::journal_writer(const journal_options& options,
                               const std::string& folder,
                               segment_list& segments,
                               const recovered_journal& start)
  : folder_{folder}, segment_size_{options.segment_size}, policy_{options.sync},
    files_{options.files}, segments_{segments},
    clock_{options.clock,
           std::max(start.last_arrival, options.second_at_least * second)},
    id_{start.id},
    supply_{files_,   folder,
            options,  segments,
            start.id, std::max(start.unused, aligned_above(options.at_least))},
    sync_{files_,
          folder,
          policy_,
          std::max(start.end, options.at_least),
          options.clock.boot,
          options.metrics},
    stall_{options.metrics}, last_end_{start.end}, end_{sync_.synced()},
    checksum_{start.checksum}, request_{start.last_request},
    sequence_{start.last_sequence} {
  guard held{lock_};
  if (clock_.behind())
    stall(stall_reason::clock);
  roll(held, false);
}

// -- appending ----------------------------------------------------------------

append_result journal_writer::append(const record_content& message) {
  if (record_size(message) > segment_size_ / 4)
    return append_result::too_large;
  {
    guard held{lock_};
    if (stall_.reason() != stall_reason::none || !put(held, message, false))
      return append_result::stalled;
  }
  wake();
  return append_result::taken;
}

caf::expected<uint64_t>
journal_writer::append_request(record_kind kind, std::string_view payload) {
  if (payload.size() > max_request())
    return fail(ec::bad_request, "journal: the request is too large");
  record_content x;
  x.kind = kind;
  x.payload = payload;
  {
    guard held{lock_};
    x.request = request_ + 1;
    if (sync_.broken() || !put(held, x, true))
      return stall_.failure();
    request_ = x.request;
  }
  wake();
  return x.request;
}

size_t journal_writer::max_request() const noexcept {
  record_content empty;
  empty.kind = record_kind::flush;
  return segment_size_ / 4 - record_size(empty);
}

/// Appends a record; otherwise the stall is set.
bool journal_writer::put(guard& held, const record_content& x, bool force) {
  auto size = record_size(x);
  auto room = segment_size_ - segment_header_size;
  while (!active_.file || offset_ + size > room)
    if (!roll(held, force))
      return false;
  auto sequence = sequence_ + (x.kind == record_kind::message ? 1 : 0);
  auto to = active_.file->data() + offset_;
  auto at = active_.info->header.base + offset_;
  auto end = at + size;
  auto checksum = write_record(to, x, id_, at, sequence, clock_.now());
  if (policy_ == sync_policy::always)
    if (auto err = sync_.sync_record(active_, end)) {
      // Not published yet; roll back.
      std::memset(to, 0, size);
      stall(stall_reason::io, std::move(err));
      return false;
    }
  checksum_ = checksum;
  sequence_.store(sequence, std::memory_order_relaxed);
  offset_ += size;
  end_ = last_end_ = end;
  active_.info->end = end;
  return true;
}

/// Goes on in the next segment, unless that changed while it waited for one.
bool journal_writer::roll(guard& held, bool force) {
  if (!supply_.next().file) {
    auto refused = supply_.prepare(held, clock_.last(), force);
    if (refused.reason != stall_reason::none) {
      auto failed = static_cast<bool>(refused.why);
      stall(refused.reason, std::move(refused.why));
      if (failed || !force)
        return false;
    }
  }
  if (supply_.next().file)
    begin(supply_.next());
  return true;
}

/// Makes a prepared segment the active one. When there is no memory it may be
/// called again.
void journal_writer::begin(const segment_supply::prepared& next) {
  auto header = next.header;
  header.state = segment_state::begun;
  header.last_sequence = sequence_;
  header.previous_end = last_end_;
  header.previous_checksum = checksum_;
  auto file = next.file;
  write_header(file->data() + file->size() - segment_header_size, header);
  write_header(file->data(), header);
  auto info = std::make_shared<segment>();
  info->path = folder_ + "/" + segment_name(header.base);
  info->header = header;
  info->size = file->size();
  info->end = info->first();
  sync_.reserve();
  segments_.add(info);
  if (active_.file)
    sync_.add_full(std::move(active_));
  active_ = {std::move(info), std::move(file)};
  supply_.next_begun();
  offset_ = segment_header_size;
}

bool journal_writer::wait_for_room(std::chrono::milliseconds timeout) {
  guard held{lock_};
  return stall_.wait(held, timeout);
}

void journal_writer::stall(stall_reason x, caf::error why) {
  // A broken journal stays so, whatever else is wrong.
  if (sync_.broken() && !why)
    return;
  stall_.note(std::move(why));
  stall_.begin(sync_.broken() ? stall_reason::io : x);
}

// -- the reader's side --------------------------------------------------------

std::optional<int64_t> journal_writer::pass_second(position at) {
  guard held{lock_};
  if (at < last_end_ || clock_.behind())
    return std::nullopt;
  return clock_.now() / second;
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

// -- upkeep -------------------------------------------------------------------

caf::error journal_writer::sync() {
  guard held{lock_};
  if (sync_.broken())
    return stall_.failure();
  auto err = sync_.sync(held, active_, end_);
  if (err)
    stall(stall_reason::io, err);
  return err;
}

caf::error journal_writer::repair() {
  guard held{lock_};
  if (!sync_.broken())
    return caf::none;
  if (auto err = sync_.repair(active_, end_)) {
    stall_.note(err);
    return err;
  }
  if (clock_.behind())
    stall_.begin(stall_reason::clock);
  else
    stall_.end();
  return caf::none;
}

bool journal_writer::broken() const {
  guard held{lock_};
  return sync_.broken();
}

bool journal_writer::make_room() {
  delete_covered(0);
  guard held{lock_};
  // Whether a new segment would end the stall.
  auto needs_segment = [this] {
    auto x = stall_.reason();
    return x != stall_reason::none && x != stall_reason::clock;
  };
  auto left = active_.file ? segment_size_ - offset_ : 0;
  segment_supply::refusal refused;
  if (!sync_.broken() && !supply_.has_next()
      && (needs_segment() || left < segment_size_ / 2))
    refused = supply_.prepare(held, clock_.last(), false);
  if (sync_.broken())
    return false;
  stall_.note(std::move(refused.why));
  if (stall_.reason() == stall_reason::none)
    return false;
  // Without a next segment there is no stall yet while the active one has room.
  auto reason = needs_segment() ? refused.reason : stall_reason::none;
  if (clock_.behind())
    reason = stall_reason::clock;
  if (reason != stall_reason::none) {
    stall_.begin(reason);
    return false;
  }
  stall_.end();
  return true;
}

void journal_writer::delete_covered(position covered) {
  position keep = 0;
  {
    guard held{lock_};
    supply_.cover(covered);
    covered = supply_.covered();
    keep = sync_.oldest(end_);
  }
  for (auto& x : segments_.take_covered(covered, keep))
    ::unlink(x->path.c_str());
}

// -- properties ---------------------------------------------------------------

position journal_writer::end() const {
  guard held{lock_};
  return end_;
}

position journal_writer::synced() const {
  guard held{lock_};
  return policy_ == sync_policy::never ? end_ : sync_.synced();
}

caf::error journal_writer::failure() const {
  guard held{lock_};
  return stall_.failure();
}

} // namespace rrdflow
