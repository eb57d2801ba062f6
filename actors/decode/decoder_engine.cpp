#include "actors/decode/decoder_engine.hpp"

namespace rrdflow {

namespace {

constexpr int64_t second_of(int64_t nanoseconds) noexcept {
  return nanoseconds / 1000000000;
}

} // namespace

decoder_engine::decoder_engine(decoder_settings settings,
                               std::shared_ptr<journal_feed> feed,
                               decoder_output& output)
  : settings_{std::move(settings)}, feed_{std::move(feed)}, output_{output},
    decoder_{settings_.limits, settings_.retained, settings_.hash_seed},
    streams_{settings_.shards, settings_.credit, settings_.batch, output} {
  // nop
}

caf::error decoder_engine::start(decoder_start from) {
  at_ = from.at;
  sequence_ = from.sequence;
  if (!from.memory.empty()) {
    decoder_memory x;
    if (auto error = unpack(from.memory, x))
      return error;
    sequence_ = x.sequence;
    told_ = x.told;
    rule_id ignored;
    for (auto& name : x.rule_names)
      names_.number(name, ignored);
    books_.restore(std::move(x.counts), std::move(x.dead));
    if (decoder_.keeps_times())
      for (auto& [key, time] : x.last_times)
        decoder_.times().note(decoder_.times().add(key), time);
    from.rules = std::move(x.rules);
  }
  if (from.lost > 0)
    books_.lost(from.lost, "before " + std::to_string(at_), told_);
  if (auto error = use_rules(std::move(from.rules)))
    return error;
  suspects_ = from.suspects;
  condemned_ = std::move(from.condemned);
  settings_.progress->begin(at_);
  streams_.begin(at_);
  feed_->seek(at_, sequence_);
  return {};
}

step_result decoder_engine::step(size_t records) {
  for (; records > 0; --records) {
    if (wait_ != wait::none || !settled())
      return step_result::waiting;
    if (!pending_) {
      if (!decoder_.expects_any())
        look_ahead();
      switch (feed_->next(record_)) {
        case feed_status::drained:
          drained_ = true;
          streams_.flush(at_);
          return step_result::drained;
        case feed_status::gap:
          take_gap(feed_->gap());
          continue;
        case feed_status::failed:
          return step_result::failed;
        case feed_status::record:
          pending_ = true;
          drained_ = false;
          note_read();
          break;
      }
    }
    if (!apply(record_)) {
      // What waits here may be what the shards need to give credit.
      streams_.flush(at_);
      return step_result::waiting;
    }
  }
  return step_result::more;
}

/// Costs each topic's look-up its wait for memory, unless they wait together.
void decoder_engine::look_ahead() {
  if (auto n = feed_->foresee(ahead_.data(), ahead_.size()); n > 0)
    decoder_.expect(ahead_.data(), n);
}

bool decoder_engine::apply(const journal_record& x) {
  if (!condemned_.empty() && bury_condemned())
    return true;
  if (!suspects_.empty() && !isolate())
    return false;
  if (settings_.before_record)
    settings_.before_record(x);
  auto done
    = x.kind == record_kind::message ? apply_message() : apply_request();
  if (done && alone_)
    streams_.barrier(at_);
  return done;
}

bool decoder_engine::apply_message() {
  auto& plan = decoder_.plan(record_);
  switch (plan.result) {
    case verdict::ignored:
      tell(second_of(record_.arrival));
      books_.ignored(plan.ignored);
      break;
    case verdict::dead:
      tell(second_of(record_.arrival));
      books_.dead(plan.dead, record_.arrival, record_.topic, record_.payload);
      break;
    case verdict::decoded:
      if (plan.unresolved) {
        ask(plan);
        return false;
      }
      if (!has_credit(plan))
        return false;
      tell(second_of(record_.arrival));
      apply_plan(plan);
      books_.decoded();
      break;
  }
  finish_record();
  return true;
}

bool decoder_engine::has_credit(const message_plan& plan) {
  if (streams_.has_credit_for(plan.readings.size()))
    return true;
  auto* slots = plan.readings.empty() ? nullptr : plan.slots->data();
  for (auto& x : plan.readings)
    if (x.refused == sample_refusal::none)
      streams_.need(slots[x.slot].shard);
  return streams_.has_credit();
}

void decoder_engine::apply_plan(const message_plan& plan) {
  auto second = second_of(record_.arrival);
  auto& rules = decoder_.rules();
  auto* slots = plan.readings.empty() ? nullptr : plan.slots->data();
  for (auto& x : plan.readings) {
    auto rule = rules.kind(x.kind).rule;
    books_.sample(rule, second);
    if (x.refused != sample_refusal::none) {
      books_.refused(rule, x.refused);
      continue;
    }
    auto& slot = slots[x.slot];
    slot.last_seen = static_cast<uint32_t>(second);
    if (slot.time_index != topic_slot::no_time)
      decoder_.times().note(slot.time_index, plan.time);
    streams_.add(slot.shard,
                 {slot.file, slot.source, rule, plan.time, x.value});
  }
}

void decoder_engine::finish_record() {
  // A number that was left out is a message that is gone.
  if (record_.sequence > sequence_) {
    auto own = record_.kind == record_kind::message ? uint64_t{1} : 0;
    if (auto lost = record_.sequence - sequence_ - own; lost > 0)
      books_.lost(lost, "before " + std::to_string(record_.begin),
                  second_of(record_.arrival));
    sequence_ = record_.sequence;
  }
  at_ = record_.end;
  pending_ = false;
  // Never before a record is done: it would ask for its series for ever.
  decoder_.tidy();
  streams_.flush_full(at_);
}

void decoder_engine::take_gap(const journal_gap& x) {
  if (x.messages > 0)
    books_.lost(
      x.messages,
      "at " + std::to_string(x.begin) + " to " + std::to_string(x.end), told_);
  sequence_ += x.messages;
  at_ = x.end;
}

void decoder_engine::tell(int64_t second) {
  if (second <= told_)
    return;
  streams_.flush(at_);
  told_ = second;
  output_.second(second, at_);
}

bool decoder_engine::tick() {
  if (!drained_ || pending_ || wait_ != wait::none)
    return false;
  auto second = feed_->pass_second();
  if (!second)
    return false;
  tell(*second);
  return true;
}

decoder_cut decoder_engine::cut() {
  streams_.flush(at_);
  decoder_memory x;
  x.rules = rules_;
  x.told = told_;
  x.sequence = sequence_;
  x.rule_names = names_.names();
  x.counts = books_.all();
  x.dead = books_.last_dead();
  if (decoder_.keeps_times())
    x.last_times = decoder_.times().all();
  return {at_, pack(x)};
}

metrics decoder_engine::stats() const {
  metrics result;
  books_.collect(names_.names(), result);
  return result;
}

} // namespace rrdflow
