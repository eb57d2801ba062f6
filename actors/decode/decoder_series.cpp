#include "actors/decode/decoder_engine.hpp"

namespace rrdflow {

namespace {

/// Series of one request, about.
constexpr size_t max_asked = 8192;

} // namespace

void decoder_engine::collect(const message_plan& plan,
                             std::vector<new_series>& xs) {
  if (plan.result != verdict::decoded || !plan.unresolved)
    return;
  for (auto& x : plan.readings) {
    if (x.refused != sample_refusal::none)
      continue;
    auto& slot = (*plan.slots)[x.slot];
    if (slot.state != slot_state::unresolved)
      continue;
    slot.state = slot_state::asked;
    xs.push_back(decoder_.rules().describe(slot.kind, plan.entry->topic(),
                                           plan.slots->path(slot)));
    asked_.push_back({plan.entry, plan.slots, x.slot});
  }
}

void decoder_engine::ask(const message_plan& plan) {
  std::vector<new_series> xs;
  collect(plan, xs);
  auto begin = record_.begin;
  size_t bytes = 0;
  auto ahead = alone_ ? 0 : settings_.ahead_records;
  for (size_t n = 0; n < ahead; ++n) {
    if (bytes >= settings_.ahead_bytes || xs.size() >= max_asked)
      break;
    // Other requests change what series mean.
    if (feed_->next(record_) != feed_status::record
        || (record_.kind != record_kind::message
            && record_.kind != record_kind::flush)
        || suspects_.has(record_.begin))
      break;
    note_read();
    bytes += record_.end - record_.begin;
    if (record_.kind == record_kind::message
        && condemned_.count(record_.begin) == 0)
      collect(decoder_.plan(record_), xs);
  }
  feed_->seek(begin, sequence_);
  pending_ = false;
  wait_ = wait::catalog;
  output_.resolve(std::move(xs));
}

void decoder_engine::bind(const resolution& x,
                          std::vector<std::vector<file_binding>>& bindings) {
  if (bound_.bind(x.file, x.definition))
    bindings[x.shard].push_back({x.file, x.definition, x.sealed_until});
}

caf::error decoder_engine::resolved(const std::vector<resolution>& xs) {
  if (wait_ != wait::catalog || xs.size() != asked_.size())
    return fail(ec::bad_request, "catalog: an answer to nothing asked");
  std::vector<std::vector<file_binding>> bindings(settings_.shards);
  for (size_t i = 0; i < xs.size(); ++i) {
    auto& x = xs[i];
    auto& slots = *asked_[i].slots;
    auto& slot = slots[asked_[i].slot];
    if (x.refused != refusal::none) {
      slot.state = slot_state::refused;
      slot.refused = x.refused;
      continue;
    }
    if (x.shard >= settings_.shards || x.definition == nullptr)
      return fail(ec::bad_request, "catalog: a file without shard");
    slot.state = slot_state::resolved;
    slot.file = x.file;
    slot.source = x.source;
    slot.shard = static_cast<uint16_t>(x.shard);
    if (decoder_.keeps_times()) {
      auto series = decoder_.rules().describe(
        slot.kind, asked_[i].entry->topic(), slots.path(slot));
      slot.time_index = decoder_.times().add(last_times::key(series.name));
    }
    bind(x, bindings);
  }
  asked_.clear();
  wait_ = wait::none;
  streams_.flush(at_);
  for (uint32_t i = 0; i < settings_.shards; ++i)
    if (!bindings[i].empty())
      output_.open(i, std::move(bindings[i]));
  return {};
}

} // namespace rrdflow
