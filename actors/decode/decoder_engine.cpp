#include "actors/decode/decoder_engine.hpp"

#include "actors/decode/unstored_text.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

/// Of so many messages one is looked at closely.
constexpr uint32_t close_look = 1024;

constexpr int64_t second_of(int64_t nanoseconds) noexcept {
  return nanoseconds / 1000000000;
}

/// Notes the fields that make no reading.
class passed_notes : public passed_fields {
public:
  passed_notes(unstored_messages& out, const journal_record& of)
    : out_{out}, of_{of} {
    // nop
  }

  void
  pass(std::string_view path, const scalar& value, passed_reason why) override {
    if (why == passed_reason::time)
      return;
    text_.clear();
    set_text(text_, value);
    out_.add(why, of_, path, text_, [&] {
      return unstored_note{std::string{path}, {}, text_of(why)};
    });
  }

private:
  unstored_messages& out_;
  const journal_record& of_;
  std::string text_;
};

} // namespace

decoder_engine::decoder_engine(decoder_settings settings,
                               std::shared_ptr<journal_feed> feed,
                               decoder_output& output)
  : settings_{std::move(settings)}, feed_{std::move(feed)}, output_{output},
    decoder_{settings_.hash_seed}, counters_{settings_.registry},
    streams_{settings_.shards, settings_.credit, settings_.batch, output},
    resolver_{settings_.shards, decoder_, output}, requests_{settings_.shards,
                                                             settings_.names,
                                                             decoder_,
                                                             counters_,
                                                             resolver_,
                                                             output},
    isolator_{*settings_.progress, streams_}, unstored_{settings_.registry} {
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
    watermark_ = x.watermark;
    rule_id ignored;
    for (auto& name : x.rule_names)
      requests_.names().number(name, ignored);
    counters_.name_rules(x.rule_names);
    counters_.restore(x.counts, std::move(x.dead));
    unstored_.restore(std::move(x.unstored));
    for (auto& [key, time] : x.last_times)
      decoder_.times().note(decoder_.times().add(key), time);
    from.rules = std::move(x.rules);
  }
  if (from.lost > 0)
    note_lost(from.lost, "before " + std::to_string(at_), watermark_);
  if (auto error = requests_.use_rules(std::move(from.rules)))
    return error;
  isolator_.begin(from.suspects, std::move(from.poison));
  settings_.progress->begin(at_);
  streams_.begin(at_);
  feed_->seek(at_, sequence_);
  return {};
}

step_result decoder_engine::step(size_t records) {
  for (; records > 0; --records) {
    if (waiting() || (isolator_.active() && !may_begin()))
      return step_result::waiting;
    if (!pending_) {
      if (!decoder_.topics().has_prefetched())
        prefetch_topics();
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
    if (!apply()) {
      // What waits here may be what the shards need to give credit.
      streams_.flush(at_);
      return step_result::waiting;
    }
  }
  return step_result::more;
}

bool decoder_engine::may_begin() {
  return isolator_.may_begin(pending_ ? record_.begin : feed_->at(), at_);
}

/// In batches, so that the cache misses of the look-ups overlap.
void decoder_engine::prefetch_topics() {
  auto n = feed_->peek_topics(topics_ahead_.data(), topics_ahead_.size());
  if (n > 0)
    decoder_.topics().prefetch(topics_ahead_.data(), n);
}

void decoder_engine::note_read() noexcept {
  auto& read = settings_.progress->read;
  if (record_.end > read.load(std::memory_order_relaxed))
    read.store(record_.end, std::memory_order_relaxed);
}

bool decoder_engine::apply() {
  if (auto* why = isolator_.reason_of(record_.begin)) {
    reject(*why);
    return true;
  }
  if (isolator_.runs_alone(record_.begin)) {
    // What a second sets off is not this record's doing.
    if (auto second = second_of(record_.arrival); second > watermark_) {
      advance_watermark(second);
      streams_.barrier(at_);
      return false;
    }
    isolator_.run_alone(record_);
  }
  if (settings_.before_record)
    settings_.before_record(record_);
  auto done = false;
  if (record_.kind == record_kind::message) {
    done = apply_message();
  } else {
    advance_watermark(second_of(record_.arrival));
    streams_.flush(at_);
    done = record_.kind == record_kind::replay
             ? replay()
             : go_on(requests_.apply(record_));
  }
  if (done && isolator_.alone())
    streams_.barrier(at_);
  return done;
}

void decoder_engine::reject(const std::string& why) {
  advance_watermark(second_of(record_.arrival));
  if (record_.kind == record_kind::message) {
    note_dead(dead_reason::poison);
    finish_record();
  } else {
    streams_.flush(at_);
    requests_.refuse("given up: " + why);
    go_on(request_processor::status::done);
  }
}

bool decoder_engine::go_on(request_processor::status x) {
  if (x == request_processor::status::waiting)
    return false;
  auto request = record_.request;
  finish_record();
  if (x == request_processor::status::done)
    output_.done(request, requests_.take_outcome());
  return true;
}

bool decoder_engine::apply_message() {
  auto& plan = plan_record();
  switch (plan.result) {
    case message_result::ignored:
      advance_watermark(second_of(record_.arrival));
      counters_.ignored(plan.ignored);
      note_ignored(plan);
      break;
    case message_result::dead:
      advance_watermark(second_of(record_.arrival));
      note_dead(plan.dead);
      break;
    case message_result::decoded:
      if (plan.unresolved) {
        resolve(plan);
        look_closely_ = true;
        return false;
      }
      if (!has_credit(plan))
        return false;
      advance_watermark(second_of(record_.arrival));
      apply_plan(record_, plan);
      counters_.decoded();
      break;
  }
  look_closely_ = false;
  finish_record();
  return true;
}

const message_plan& decoder_engine::plan_record() {
  if (look_closely_ || ++looks_ % close_look == 0)
    return plan_closely();
  return decoder_.plan(record_);
}

const message_plan& decoder_engine::plan_closely() {
  passed_notes notes{unstored_, record_};
  decoder_.tell_passed(&notes);
  auto& result = decoder_.plan(record_);
  decoder_.tell_passed(nullptr);
  return result;
}

void decoder_engine::note_dead(dead_reason why) {
  counters_.dead(why, record_.arrival, record_.topic, record_.payload);
  unstored_.add(why, record_, {}, [&] {
    return unstored_note{{}, {}, text_of(why)};
  });
}

void decoder_engine::note_lost(uint64_t messages, const std::string& where,
                               int64_t second) {
  counters_.lost(messages, where, second);
  journal_record at;
  at.arrival = second * 1'000'000'000;
  at.sequence = sequence_ + messages;
  auto why = dead_reason::journal_damaged;
  unstored_.add(why, at, {}, [&] {
    return unstored_note{{},
                         {},
                         std::to_string(messages) + " messages " + where + ": "
                           + text_of(why)};
  });
}

void decoder_engine::note_ignored(const message_plan& plan) {
  auto why = plan.ignored;
  auto first = unstored_.add(why, record_, {}, [&] {
    return unstored_note{{}, {}, text_of(why, decoder_.rules(), plan)};
  });
  if (first && why == ignore_reason::no_value)
    plan_closely();
}

void decoder_engine::resolve(const message_plan& plan) {
  resolver_.collect(plan);
  auto begin = record_.begin;
  size_t bytes = 0;
  auto ahead = isolator_.alone() ? 0 : settings_.ahead_records;
  for (size_t n = 0; n < ahead; ++n) {
    if (bytes >= settings_.ahead_bytes || resolver_.is_full())
      break;
    // Other requests change what series mean.
    if (feed_->next(record_) != feed_status::record
        || (record_.kind != record_kind::message
            && record_.kind != record_kind::flush)
        || isolator_.runs_alone(record_.begin))
      break;
    note_read();
    bytes += record_.end - record_.begin;
    if (record_.kind == record_kind::message
        && isolator_.reason_of(record_.begin) == nullptr)
      resolver_.collect(plan_closely());
  }
  feed_->seek(begin, sequence_);
  pending_ = false;
  resolver_.ask();
}

bool decoder_engine::has_credit(const message_plan& plan) {
  if (streams_.has_credit_for(plan.readings.size()))
    return true;
  auto* bindings = plan.readings.empty() ? nullptr : plan.fields->data();
  for (auto& x : plan.readings)
    if (x.refused == sample_refusal::none)
      streams_.need(bindings[x.binding].shard);
  return streams_.has_credit();
}

void decoder_engine::apply_plan(const journal_record& of,
                                const message_plan& plan) {
  auto second = second_of(record_.arrival);
  auto& rules = decoder_.rules();
  if (plan.readings.empty())
    return;
  auto* bindings = plan.fields->data();
  // Readings of one rule, which most messages have, are counted together.
  auto rule = rules.mapping(plan.readings.front().mapping_index).rule;
  uint64_t n = 0;
  for (auto& x : plan.readings) {
    if (auto own = rules.mapping(x.mapping_index).rule; own != rule)
      counters_.samples(std::exchange(rule, own), std::exchange(n, 0), second);
    ++n;
    if (x.refused != sample_refusal::none) {
      counters_.refused(rule, x.refused);
      note_refused(of, plan, x);
      continue;
    }
    auto& binding = bindings[x.binding];
    binding.last_seen = static_cast<uint32_t>(second);
    if (binding.time_index != field_binding::no_time)
      decoder_.times().note(binding.time_index, x.time);
    auto source = binding.source;
    if (x.mark != reading_mark::none)
      source = marked_source(of, plan, x);
    streams_.add(binding.shard, {binding.file, source, rule, x.time, x.value});
  }
  counters_.samples(rule, n, second);
  if (!plan.identities.empty())
    watch_identities(of, plan);
}

uint16_t decoder_engine::marked_source(const journal_record& of,
                                       const message_plan& plan,
                                       const planned_reading& x) {
  auto source = plan.fields->data()[x.binding].source;
  if (x.mark == reading_mark::unknown)
    return source | sample::unknown_bit;
  warn_of_decimals(of, plan, x);
  return source;
}

void decoder_engine::note_refused(const journal_record& of,
                                  const message_plan& plan,
                                  const planned_reading& x) {
  // Of a time that is wrong it is enough to name the message.
  std::string_view key;
  auto of_series = x.binding != planned_reading::no_binding
                   && x.refused != sample_refusal::future
                   && x.refused != sample_refusal::past
                   && x.refused != sample_refusal::time;
  if (of_series)
    key = plan.fields->data()[x.binding].path.text();
  unstored_.add(x.refused, of, key, [&] {
    auto& rules = decoder_.rules();
    std::string_view said;
    if (of_series)
      said = resolver_.why_refused(
        rules.describe(x.mapping_index, of.topic, key).name);
    auto result = note_of(rules, plan, x, of.topic, of.arrival, said);
    if (!of_series)
      result = {{}, {}, std::move(result.text)};
    return result;
  });
}

void decoder_engine::warn_of_decimals(const journal_record& of,
                                      const message_plan& plan,
                                      const planned_reading& x) {
  auto& binding = plan.fields->data()[x.binding];
  if (std::exchange(binding.decimals, true))
    return;
  auto& rules = decoder_.rules();
  auto key = binding.path.text();
  auto series = rules.describe(x.mapping_index, of.topic, key).name;
  unstored_.warn(decode_warning::decimals, of, key,
                 {std::string{rules.path_of(x.mapping_index, key)},
                  std::move(series),
                  text_of_decimals(rules.mapping(x.mapping_index).type)});
}

void decoder_engine::watch_identities(const journal_record& of,
                                      const message_plan& plan) {
  for (auto& x : plan.identities) {
    if (!identities_.note(x.place, x.value))
      continue;
    auto& rule = decoder_.rules().rule(plan.entry->rule).config;
    auto paths = decoder_.identity_paths(x);
    std::string names;
    for (auto& path : paths)
      names += (names.empty() ? "" : ", ") + path;
    unstored_.warn(decode_warning::identity, of, names,
                   {{},
                    {},
                    "one series gets the values of several devices: " + names
                      + " change beside them; in rule " + rule.name
                      + " series = \"" + rule.series.with_fields(paths)
                      + "\" parts them"});
  }
}

bool decoder_engine::replay() {
  if (!replaying_) {
    replaying_ = true;
    replayed_ = unstored_.undecoded();
    // Taken from the end.
    std::reverse(replayed_.begin(), replayed_.end());
    replay_outcome_ = {};
    replay_outcome_.messages = replayed_.size();
  }
  for (; !replayed_.empty(); replayed_.pop_back()) {
    auto& kept = replayed_.back();
    auto message = kept.as_record(record_);
    auto& plan = decoder_.plan(message);
    if (plan.result != message_result::decoded)
      continue;
    if (plan.unresolved) {
      // All at once: each answer of the CATALOG is a write of its file.
      for (auto i = replayed_.rbegin();
           i != replayed_.rend() && !resolver_.is_full(); ++i)
        resolver_.collect(decoder_.plan(i->as_record(record_)));
      resolver_.ask();
      return false;
    }
    if (!has_credit(plan))
      return false;
    auto stored
      = std::any_of(plan.readings.begin(), plan.readings.end(),
                    [](auto& x) { return x.refused == sample_refusal::none; });
    apply_plan(message, plan);
    // What is refused may be stored by the next rules.
    if (!stored)
      continue;
    unstored_.decoded(kept);
    ++replay_outcome_.decoded;
  }
  replaying_ = false;
  streams_.flush(at_);
  auto request = record_.request;
  finish_record();
  output_.done(request, std::exchange(replay_outcome_, {}));
  return true;
}

std::vector<new_series>
decoder_engine::describe(const std::vector<series_info>& xs) const {
  std::vector<new_series> result;
  for (auto& x : xs)
    if (!x.topic.empty())
      for (auto& y : decoder_.rules().series_of(x.topic, x.path))
        if (y.name == x.name)
          result.push_back(std::move(y));
  return result;
}

void decoder_engine::finish_record() {
  // A number that was left out is a message that is gone.
  if (record_.sequence > sequence_) {
    auto own = record_.kind == record_kind::message ? uint64_t{1} : 0;
    if (auto lost = record_.sequence - sequence_ - own; lost > 0)
      note_lost(lost, "before " + std::to_string(record_.begin),
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
    note_lost(x.messages,
              "at " + std::to_string(x.begin) + " to " + std::to_string(x.end),
              watermark_);
  sequence_ += x.messages;
  at_ = x.end;
}

void decoder_engine::advance_watermark(int64_t second) {
  if (second <= watermark_)
    return;
  streams_.flush(at_);
  watermark_ = second;
  output_.second(second, at_);
}

bool decoder_engine::tick() {
  if (!drained_ || pending_ || waiting())
    return false;
  auto second = feed_->pass_second();
  if (!second)
    return false;
  advance_watermark(*second);
  return true;
}

decoder_cut decoder_engine::cut() {
  streams_.flush(at_);
  decoder_memory x;
  x.rules = requests_.rules();
  x.watermark = watermark_;
  x.sequence = sequence_;
  x.rule_names = requests_.names().names();
  x.counts = counters_.all();
  x.dead = counters_.last_dead();
  x.unstored = unstored_.all();
  if (decoder_.keeps_times())
    x.last_times = decoder_.times().all();
  return {at_, pack(x)};
}

} // namespace rrdflow
