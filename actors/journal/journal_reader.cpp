#include "actors/journal/journal_reader.hpp"

#include "actors/journal/journal_writer.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

/// Bytes that are brought into memory at once.
constexpr uint64_t window = 1 << 20;

} // namespace

void journal_reader::seek(position at, uint64_t sequence) {
  // To look back within a segment costs nothing: the DECODER does it whenever
  // it meets new topics.
  if (!file_ || at < loaded_from_ || at >= current_->end.load()) {
    current_ = nullptr;
    file_ = nullptr;
  }
  at_ = good_ = at;
  damaged_ = false;
  sequence_ = sequence;
  consumed_.store(sequence_, std::memory_order_relaxed);
}

feed_status journal_reader::next(journal_record& x) {
  auto result = advance(x);
  if (result == feed_status::drained && writer_ != nullptr) {
    // What is appended before this is read now, what comes after wakes.
    writer_->wait_for_more();
    result = advance(x);
  }
  consumed_.store(sequence_, std::memory_order_relaxed);
  return result;
}

feed_status journal_reader::advance(journal_record& x) {
  failure_ = caf::none;
  if (!current_) {
    auto first = segments_.find(at_);
    if (!first)
      return feed_status::drained;
    if (enter(std::move(first)))
      return feed_status::gap;
  }
  for (;;) {
    auto limit = current_->end.load();
    if (at_ < limit) {
      if (find(limit, x)) {
        auto before = x.sequence - (x.kind == record_kind::message ? 1 : 0);
        auto missing = before > sequence_ ? before - sequence_ : 0;
        if (x.begin > at_ || damaged_ || missing > 0)
          return report(x.begin, missing);
        at_ = good_ = x.end;
        sequence_ = std::max(sequence_, x.sequence);
        checksum_
          = record_checksum(file_->data() + (x.begin - current_->header.base));
        return feed_status::record;
      }
      if (failure_)
        return feed_status::failed;
      damaged_ = true;
      at_ = limit;
    }
    auto next = segments_.after(current_->header.base);
    if (!next)
      return feed_status::drained;
    // It may have grown just before the next one was begun.
    if (current_->end.load() > at_)
      continue;
    if (enter(std::move(next)))
      return feed_status::gap;
  }
}

size_t journal_reader::peek_topics(std::string_view* xs, size_t n) {
  if (!file_ || generation_ != current_->generation.load())
    return 0;
  auto base = current_->header.base;
  auto limit = std::min({current_->end.load(), loaded_, base + file_->size()});
  size_t result = 0;
  uint64_t length = 0;
  for (auto at = at_; result < n && at < limit; at += length) {
    if (!peek_record(file_->data() + (at - base), limit - at, length,
                     xs[result]))
      break;
    if (!xs[result].empty())
      ++result;
  }
  return result;
}

std::optional<int64_t> journal_reader::pass_second() {
  return writer_->pass_second(at_);
}

void journal_reader::wake_with(std::function<void()> f) {
  writer_->wake_with(std::move(f));
}

std::pair<const uint8_t*, size_t>
journal_reader::damaged_bytes() const noexcept {
  auto begin = std::max(gap_.begin, current_->first());
  if (!file_ || begin >= gap_.end)
    return {nullptr, 0};
  return {file_->data() + (begin - current_->header.base), gap_.end - begin};
}

/// Goes on in another segment. Returns whether something is missing before.
bool journal_reader::enter(segment_ptr x) {
  current_ = std::move(x);
  file_ = nullptr;
  if (at_ >= current_->first())
    return false;
  at_ = current_->first();
  auto& header = current_->header;
  if (!current_->header_known || header.state != segment_state::begun)
    return false;
  auto missing
    = header.last_sequence > sequence_ ? header.last_sequence - sequence_ : 0;
  if (!damaged_ && good_ >= header.previous_end && missing == 0)
    return false;
  report(at_, missing);
  return true;
}

/// Maps the current segment. May set `failure_`.
bool journal_reader::open() {
  file_ = nullptr;
  generation_ = current_->generation.load();
  auto base = current_->header.base;
  loaded_from_ = loaded_ = base + (at_ - base) / window * window;
  auto file = mapped_file::open(current_->path);
  if (file)
    file_ = std::move(*file);
  else if (is_passing(file.error()))
    failure_ = std::move(file.error());
  return file_ != nullptr;
}

/// Looks for the first record from `at_` on. May set `failure_`.
bool journal_reader::find(position limit, journal_record& x) {
  auto& header = current_->header;
  if ((!file_ || generation_ != current_->generation.load()) && !open())
    return false;
  limit = std::min(limit, header.base + file_->size());
  if (at_ >= limit)
    return false;
  auto near = std::min(limit, at_ + window);
  load_to(near);
  if (read_record(file_->data() + (at_ - header.base), near - at_, header.id,
                  at_, x))
    return true;
  load_to(limit);
  return find_record(file_->data(), header, at_, limit, x).has_value();
}

void journal_reader::load_to(position to) {
  if (to <= loaded_)
    return;
  to = (to + window - 1) / window * window;
  file_->load(loaded_ - current_->header.base, to - loaded_);
  loaded_ = to;
}

feed_status journal_reader::report(position end, uint64_t messages) {
  gap_ = {good_, end, messages};
  sequence_ += messages;
  at_ = good_ = end;
  damaged_ = false;
  return feed_status::gap;
}

std::optional<position>
find_record(const uint8_t* bytes, const segment_header& header, position at,
            position limit, journal_record& x) noexcept {
  for (; at + record_header_size <= limit; at += 8)
    if (read_record(bytes + (at - header.base), limit - at, header.id, at, x))
      return at;
  return std::nullopt;
}

} // namespace rrdflow
