#pragma once

#include "actors/decode/bound_files.hpp"
#include "actors/decode/decoder_memory.hpp"
#include "actors/decode/decoder_output.hpp"
#include "actors/decode/decoder_settings.hpp"
#include "actors/decode/message_decoder.hpp"
#include "actors/decode/sample_streams.hpp"
#include "messages/journal_feed.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

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

  caf::error resolved(const std::vector<resolution>& xs);
  void found(const std::vector<series_info>& xs);
  void released(const request_outcome& x);
  void freed();

  // -- what is known ----------------------------------------------------------

  position at() const noexcept {
    return at_;
  }

  uint64_t sequence() const noexcept {
    return sequence_;
  }

  int64_t told() const noexcept {
    return told_;
  }

  const message_counters& books() const noexcept {
    return books_;
  }

  /// Topics in the table.
  size_t topics() noexcept {
    return decoder_.topics().size();
  }

  metrics stats() const;

private:
  /// What the engine waits for.
  enum class wait : uint8_t { none, catalog, series, matches, release, names };

  struct asked_slot {
    topic_entry* entry;
    field_map* slots;
    uint32_t slot;
  };

  // -- in decoder_engine.cpp --------------------------------------------------

  /// @returns false if it must wait.
  bool apply(const journal_record& x);
  bool apply_message();
  void apply_plan(const message_plan& plan);
  bool has_credit(const message_plan& plan);
  void look_ahead();
  void finish_record();
  void take_gap(const journal_gap& x);
  void tell(int64_t second);

  // -- in decoder_suspects.cpp ------------------------------------------------

  /// Whether the next record may be taken. Behind one that was applied alone,
  /// and in front of one that is to be, everything must be answered.
  bool settled() {
    return (!alone_ && suspects_.empty()) || settle();
  }

  bool settle();

  /// Has a suspect record applied alone: tells its second first.
  /// @returns false if it must wait.
  bool isolate();

  /// If the record is to be taken as dead, does so.
  bool bury_condemned();

  void note_read() noexcept {
    auto& read = settings_.progress->read;
    if (record_.end > read.load(std::memory_order_relaxed))
      read.store(record_.end, std::memory_order_relaxed);
  }

  // -- in decoder_series.cpp --------------------------------------------------

  /// Asks the CATALOG for the series of the record at hand and following ones.
  void ask(const message_plan& plan);
  void collect(const message_plan& plan, std::vector<new_series>& xs);
  void
  bind(const resolution& x, std::vector<std::vector<file_binding>>& bindings);

  // -- in decoder_requests.cpp ------------------------------------------------

  bool apply_request();
  bool apply_flush();
  bool apply_forget();
  void apply_rules();
  void apply_retire();
  caf::error use_rules(rules_request x);
  void finish_request(request_outcome x);
  void forget_files(const std::vector<file_id>& files);

  decoder_settings settings_;
  std::shared_ptr<journal_feed> feed_;
  decoder_output& output_;
  message_decoder decoder_;
  message_counters books_;
  rule_names names_;
  rules_request rules_;
  sample_streams streams_;

  /// All before is applied.
  position at_ = 0;
  uint64_t sequence_ = 0;
  int64_t told_ = 0;

  /// Topics of the records behind.
  std::array<std::string_view, message_decoder::max_expected> ahead_;

  /// The record to apply next, if `pending_`.
  journal_record record_;
  bool pending_ = false;
  bool drained_ = false;
  wait wait_ = wait::none;

  suspect_range suspects_;
  std::map<position, std::string> condemned_;

  /// The record at hand is applied alone.
  bool alone_ = false;

  std::vector<asked_slot> asked_;

  bound_files bound_;

  // Of the request at hand.
  request_outcome outcome_;
  bool remove_ = false;
  size_t releases_ = 0;
  std::vector<file_id> files_;
};

} // namespace rrdflow
