#pragma once

#include "actors/decode/sample_streams.hpp"
#include "messages/decode_progress.hpp"
#include "messages/journal_feed.hpp"

#include <map>
#include <string>
#include <utility>

namespace rrdflow {

/// The records that begin in [from, to).
struct record_range {
  position from = 0;
  position to = 0;

  bool empty() const noexcept {
    return from >= to;
  }

  bool has(position x) const noexcept {
    return x >= from && x < to;
  }
};

/// Finds poison records, those over which an actor ends: the records of a range
/// are applied one by one, nothing else being on its way, so that
/// `decode_progress` names the one at hand. Those that were found are dead.
class record_isolator {
public:
  record_isolator(decode_progress& progress, sample_streams& streams)
    : progress_{progress}, streams_{streams} {
    // nop
  }

  /// @param suspects The records that run alone.
  /// @param poison Those that are dead, and why.
  void begin(record_range suspects, std::map<position, std::string> poison) {
    suspects_ = suspects;
    poison_ = std::move(poison);
  }

  bool runs_alone(position x) const noexcept {
    return suspects_.has(x);
  }

  /// Why the record at this position is dead; null: it is not.
  const std::string* reason_of(position x) const {
    if (poison_.empty())
      return nullptr;
    auto i = poison_.find(x);
    return i == poison_.end() ? nullptr : &i->second;
  }

  /// Whether some records run alone.
  bool active() const noexcept {
    return alone_ || !suspects_.empty();
  }

  /// Whether the record at `next` may be begun: everything must be answered
  /// behind one that ran alone, and in front of one that is to.
  /// @param at Where the journal stands.
  bool may_begin(position next, position at) {
    return (!alone_ && !suspects_.has(next)) || drain(at);
  }

  /// From here on the record is applied alone.
  void run_alone(const journal_record& x) {
    alone_ = true;
    progress_.take(x.begin, x.topic);
  }

  /// Whether the record at hand runs alone.
  bool alone() const noexcept {
    return alone_;
  }

private:
  bool drain(position at) {
    streams_.flush(at);
    if (!streams_.quiet())
      return false;
    alone_ = false;
    progress_.put_down();
    return true;
  }

  decode_progress& progress_;
  sample_streams& streams_;
  record_range suspects_;
  std::map<position, std::string> poison_;
  bool alone_ = false;
};

} // namespace rrdflow
