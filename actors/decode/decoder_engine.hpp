#pragma once

#include "actors/decode/decoder_memory.hpp"
#include "actors/decode/identity_watch.hpp"
#include "actors/decode/record_isolator.hpp"
#include "actors/decode/request_processor.hpp"
#include "actors/decode/unstored_messages.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// What a decoder is told once.
struct decoder_settings {
  uint32_t shards = 1;

  /// Samples that may be on their way to one shard.
  uint64_t credit = 65536;

  /// Samples of one batch.
  size_t batch = 4096;

  /// Records that come one by one, each sooner than this after the last, are
  /// decoded together after this time: to wake the DECODER and the shards costs
  /// several times what a record does. 0: each at once.
  std::chrono::milliseconds linger{0};

  /// Bounds of reading ahead for new series.
  size_t ahead_records = 4096;
  size_t ahead_bytes = 1 << 20;

  /// Random: a sender that does not know it cannot make topics collide.
  uint64_t hash_seed = 0;

  /// Names of files, to find those that are to retire.
  std::shared_ptr<const file_names> names;

  /// Where the counters are shown. May be null; must outlive the decoder.
  metric_registry* registry = nullptr;

  /// A switch for tests: while it is true, nothing is decoded. May be null.
  std::shared_ptr<const std::atomic<bool>> hold;

  /// Where to tell how far the decoder is.
  std::shared_ptr<decode_progress> progress
    = std::make_shared<decode_progress>();

  /// A switch for tests: sees each record that is applied. May be empty.
  std::function<void(const journal_record&)> before_record;
};

/// Where a decoder begins.
struct decoder_start {
  position at = 0;

  /// Of the last message before `at`.
  uint64_t sequence = 0;

  /// How many of the messages before `at` are lost.
  uint64_t lost = 0;

  /// The decoder's part of the snapshot, its pieces put together; empty: there
  /// is none.
  std::vector<char> memory;

  /// The rules that hold if there is none.
  rules_request rules;

  /// See `record_isolator`.
  record_range suspects;
  std::map<position, std::string> poison;
};

enum class step_result : uint8_t {
  /// There is more to do now.
  more,
  /// Nothing is left in the journal.
  drained,
  /// An answer must come first: of the CATALOG, or of a shard.
  waiting,
  /// The journal cannot be read now; the feed says why.
  failed,
};

/// What a snapshot needs of the decoder.
struct decoder_cut {
  position at = 0;
  std::vector<char> memory;
};

/// Reads the journal record by record and sends what comes of it, each shard's
/// stream in order. A record is begun only when the CATALOG has answered for
/// all its series and every shard has credit for its samples; until then
/// nothing of it is done, and a cut stands in front of it.
///
/// Concurrency: one thread, and `output` calls back never from within a call.
class decoder_engine {
public:
  decoder_engine(decoder_settings settings, std::shared_ptr<journal_feed> feed,
                 decoder_output& output);

  /// To be called once, before all else.
  caf::error start(decoder_start from);

  /// Applies at most so many records.
  step_result step(size_t records);

  /// Sends off the samples that were made; done of itself whenever nothing can
  /// be decoded.
  void flush() {
    streams_.flush(at_);
  }

  /// Tells the shards the wall clock's second, if the journal is drained.
  /// @returns whether it was drained.
  bool tick();

  /// Stops in front of the next record.
  decoder_cut cut();

  // -- answers ----------------------------------------------------------------

  void credit(uint32_t shard, uint64_t n) {
    streams_.give(shard, n);
    settings_.progress->answered = streams_.answered(at_);
  }

  caf::error resolved(const std::vector<resolution>& xs) {
    streams_.flush(at_);
    return resolver_.resolved(xs);
  }

  void found(const std::vector<series_info>& xs) {
    go_on(requests_.found(xs));
  }

  void released(const request_outcome& x) {
    go_on(requests_.released(x));
  }

  void freed() {
    go_on(requests_.freed());
  }

  // -- what is known ----------------------------------------------------------

  position at() const noexcept {
    return at_;
  }

  uint64_t sequence() const noexcept {
    return sequence_;
  }

  /// The last second that the shards were told.
  int64_t watermark() const noexcept {
    return watermark_;
  }

  const message_counters& counters() const noexcept {
    return counters_;
  }

  /// What the rules say of series that exist; those that they do not make any
  /// more are left out.
  std::vector<new_series> describe(const std::vector<series_info>& xs) const;

  unstored_messages& unstored() noexcept {
    return unstored_;
  }

  /// Topics in the table.
  size_t topics() noexcept {
    return decoder_.topics().size();
  }

private:
  /// Whether an answer must come before the next record.
  bool waiting() const noexcept {
    return resolver_.waiting() || requests_.waiting();
  }

  bool may_begin();

  /// @returns false if it must wait.
  bool apply();
  bool apply_message();

  /// Sends the samples of a message off.
  void apply_plan(const journal_record& of, const message_plan& plan);

  /// Decodes the messages once more that are kept because they could not be,
  /// each as if it came now with its own arrival.
  /// @returns false if it must wait; those that were decoded are not kept any
  ///          more then
  bool replay();

  /// The source of a sample that has a mark; tells what is to be told of it.
  [[gnu::cold]] uint16_t
  marked_source(const journal_record& of, const message_plan& plan,
                const planned_reading& x);

  /// Counts the message at hand as dead.
  [[gnu::cold]] void note_dead(dead_reason why);
  [[gnu::cold]] void
  note_lost(uint64_t messages, const std::string& where, int64_t second);
  [[gnu::cold]] void note_ignored(const message_plan& plan);
  [[gnu::cold]] void
  note_refused(const journal_record& of, const message_plan& plan,
               const planned_reading& x);

  /// Names the series once that lost decimals.
  void warn_of_decimals(const journal_record& of, const message_plan& plan,
                        const planned_reading& x);
  void watch_identities(const journal_record& of, const message_plan& plan);

  /// Plans the record at hand; now and then notes what fields are passed over.
  const message_plan& plan_record();
  const message_plan& plan_closely();
  bool has_credit(const message_plan& plan);

  /// Counts the record as dead.
  void reject(const std::string& why);

  /// Goes on with the request at hand.
  /// @returns false if it must wait.
  bool go_on(request_processor::status x);

  /// Asks the CATALOG for the series of the record at hand and following ones.
  void resolve(const message_plan& plan);

  void prefetch_topics();
  void note_read() noexcept;
  void finish_record();
  void take_gap(const journal_gap& x);
  void advance_watermark(int64_t second);

  decoder_settings settings_;
  std::shared_ptr<journal_feed> feed_;
  decoder_output& output_;
  message_decoder decoder_;
  message_counters counters_;
  sample_streams streams_;
  series_resolver resolver_;
  request_processor requests_;
  record_isolator isolator_;
  unstored_messages unstored_;
  identity_watch identities_;

  /// The fields of the record at hand that are passed over are to be noted; and
  /// a count of messages, of which some are looked at so.
  bool look_closely_ = false;
  uint32_t looks_ = 0;

  /// What the replay at hand has yet to do, the last first, and what it did.
  bool replaying_ = false;
  std::vector<kept_message> replayed_;
  request_outcome replay_outcome_;

  /// All before is applied.
  position at_ = 0;
  uint64_t sequence_ = 0;
  int64_t watermark_ = 0;

  /// Topics of the records behind.
  std::array<std::string_view, topic_table::max_prefetched> topics_ahead_;

  /// The record to apply next, if `pending_`.
  journal_record record_;
  bool pending_ = false;
  bool drained_ = false;
};

} // namespace rrdflow
