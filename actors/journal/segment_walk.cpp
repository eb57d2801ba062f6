#include "actors/journal/segment_walk.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

/// Bytes that are brought into memory at once.
constexpr uint64_t window = 1 << 20;

} // namespace

void segment_walk::seek(position at, uint64_t sequence) {
  // To look back within a segment costs nothing: the DECODER does it whenever
  // it meets new topics.
  if (!file_ || at < loaded_from_ || at >= current_->end.load()) {
    current_ = nullptr;
    file_ = nullptr;
  }
  at_ = good_ = at;
  damaged_ = false;
  sequence_ = sequence;
}

feed_status segment_walk::next(journal_record& x) {
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

size_t segment_walk::foresee(std::string_view* xs, size_t n) const noexcept {
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

std::pair<const uint8_t*, size_t> segment_walk::damaged_bytes() const noexcept {
  auto begin = std::max(gap_.begin, current_->first());
  if (!file_ || begin >= gap_.end)
    return {nullptr, 0};
  return {file_->data() + (begin - current_->header.base), gap_.end - begin};
}

/// Goes on in another segment. Returns whether something is missing before.
bool segment_walk::enter(segment_ptr x) {
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

/// Looks for the first record from `at_` on. May set `failure_`.
bool segment_walk::find(position limit, journal_record& x) {
  auto& header = current_->header;
  if (!file_ || generation_ != current_->generation.load()) {
    generation_ = current_->generation.load();
    loaded_from_ = header.base + (at_ - header.base) / window * window;
    loaded_ = loaded_from_;
    auto file = mapped_file::open(current_->path, false);
    if (!file) {
      file_ = nullptr;
      if (is_passing(file.error()))
        failure_ = std::move(file.error());
      return false;
    }
    file_ = std::move(*file);
  }
  limit = std::min(limit, header.base + file_->size());
  auto load_to = [&](position to) {
    if (to <= loaded_)
      return;
    to = (to + window - 1) / window * window;
    file_->load(loaded_ - header.base, to - loaded_);
    loaded_ = to;
  };
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

feed_status segment_walk::report(position end, uint64_t messages) {
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
