#include "actors/decode/decoder_engine.hpp"

#include <algorithm>
#include <unordered_set>

namespace rrdflow {

bool decoder_engine::apply_request() {
  outcome_ = {};
  switch (record_.kind) {
    case record_kind::flush:
      return apply_flush();
    case record_kind::forget:
      return apply_forget();
    case record_kind::rules:
      apply_rules();
      return true;
    case record_kind::retire:
      apply_retire();
      return true;
    case record_kind::message:
    case record_kind::verdict: // The start has seen to it.
      break;
  }
  finish_request(std::move(outcome_));
  return true;
}

void decoder_engine::finish_request(request_outcome x) {
  tell(record_.arrival / 1000000000);
  streams_.flush(at_);
  wait_ = wait::none;
  auto request = record_.request;
  finish_record();
  output_.done(request, std::move(x));
}

// -- rules --------------------------------------------------------------------

caf::error decoder_engine::use_rules(rules_request x) {
  auto config = settings_.read_rules(x.text);
  if (!config)
    return config.error();
  auto set = rule_set::make(*config, x.subscriptions, names_);
  if (!set)
    return set.error();
  auto due_after = config->flush_after.count();
  decoder_.use(std::make_shared<const rule_set>(std::move(*set)));
  rules_ = std::move(x);
  books_.have_rules(names_.names().size());
  streams_.flush(at_);
  output_.name_rules(names_.names());
  output_.due_after(due_after);
  return {};
}

void decoder_engine::apply_rules() {
  tell(record_.arrival / 1000000000);
  rules_request x;
  if (!unpack(record_.payload, x))
    outcome_.failures.emplace_back("rules: the request is damaged");
  else if (auto error = use_rules(std::move(x)))
    outcome_.failures.push_back(explain(error));
  finish_request(std::move(outcome_));
}

// -- flush --------------------------------------------------------------------

bool decoder_engine::apply_flush() {
  flush_request x;
  if (!unpack(record_.payload, x)) {
    outcome_.failures.emplace_back("flush: the request is damaged");
    finish_request(std::move(outcome_));
    return true;
  }
  tell(record_.arrival / 1000000000);
  streams_.flush(at_);
  if (x.series.empty()) {
    output_.flush(record_.request, {});
    finish_record();
    return true;
  }
  wait_ = wait::series;
  outcome_.failures.assign(1, x.series + ": no such series");
  output_.find_series(x.series);
  return false;
}

// -- forget -------------------------------------------------------------------

bool decoder_engine::apply_forget() {
  forget_request x;
  if (!unpack(record_.payload, x)) {
    outcome_.failures.emplace_back("forget: the request is damaged");
    finish_request(std::move(outcome_));
    return true;
  }
  tell(record_.arrival / 1000000000);
  streams_.flush(at_);
  remove_ = x.remove;
  wait_ = wait::matches;
  output_.find_matches(x.pattern);
  return false;
}

void decoder_engine::found(const std::vector<series_info>& xs) {
  if (wait_ == wait::series) {
    if (xs.empty())
      return finish_request(std::move(outcome_));
    wait_ = wait::none;
    output_.flush(record_.request, {xs.front().id});
    return finish_record();
  }
  if (wait_ != wait::matches)
    return;
  std::vector<std::vector<file_id>> shares(settings_.shards);
  files_.clear();
  std::unordered_set<file_id> seen;
  for (auto& x : xs) {
    if (x.shard < settings_.shards && seen.insert(x.id).second) {
      files_.push_back(x.id);
      shares[x.shard].push_back(x.id);
    }
  }
  outcome_.files = files_.size();
  if (files_.empty())
    return finish_request(std::move(outcome_));
  wait_ = wait::release;
  releases_ = static_cast<size_t>(std::count_if(
    shares.begin(), shares.end(), [](auto& share) { return !share.empty(); }));
  for (uint32_t i = 0; i < settings_.shards; ++i)
    if (!shares[i].empty())
      output_.release(i, std::move(shares[i]), remove_);
}

void decoder_engine::released(const request_outcome& x) {
  if (wait_ != wait::release)
    return;
  outcome_.rows += x.rows;
  outcome_.failures.insert(outcome_.failures.end(), x.failures.begin(),
                           x.failures.end());
  if (--releases_ > 0)
    return;
  wait_ = wait::names;
  output_.free_names(files_);
}

void decoder_engine::freed() {
  if (wait_ != wait::names)
    return;
  forget_files(files_);
  finish_request(std::move(outcome_));
}

void decoder_engine::forget_files(const std::vector<file_id>& files) {
  std::unordered_set<file_id> gone{files.begin(), files.end()};
  decoder_.topics().for_each([&](topic_entry& entry, field_map& slots) {
    for (auto& slot : slots) {
      // A name that was refused may be free now.
      if (slot.state == slot_state::refused
            ? decoder_.rules()
                .describe(slot.kind, entry.topic(), slots.path(slot))
                .name.empty()
            : slot.state != slot_state::resolved || gone.count(slot.file) == 0)
        continue;
      slot.state = slot_state::unresolved;
      slot.refused = refusal::none;
    }
  });
  for (auto id : files)
    bound_.forget(id);
}

// -- retire -------------------------------------------------------------------

void decoder_engine::apply_retire() {
  tell(record_.arrival / 1000000000);
  streams_.flush(at_);
  retire_request x;
  if (!unpack(record_.payload, x)) {
    outcome_.failures.emplace_back("retire: the request is damaged");
    return finish_request(std::move(outcome_));
  }
  std::unordered_set<uint64_t> keys;
  for (auto& path : x.files)
    keys.insert(path_key(path));
  std::unordered_set<file_id> idle;
  auto names = settings_.names.get();
  for (file_id id = 0; names != nullptr && id < names->size(); ++id)
    if (keys.count(names->key(id)) > 0)
      idle.insert(id);
  // Those with a reading since then stay.
  decoder_.topics().for_each([&](topic_entry&, field_map& slots) {
    for (auto& slot : slots)
      if (slot.state == slot_state::resolved && slot.last_seen >= x.idle_since)
        idle.erase(slot.file);
  });
  std::vector<file_id> files{idle.begin(), idle.end()};
  std::sort(files.begin(), files.end());
  std::vector<std::vector<file_id>> shares(settings_.shards);
  for (auto id : files)
    shares[names->key(id) % settings_.shards].push_back(id);
  for (uint32_t i = 0; i < settings_.shards; ++i)
    if (!shares[i].empty())
      output_.retire(i, std::move(shares[i]), x.idle_since);
  // Their next reading asks the CATALOG again, and announces the file anew.
  decoder_.topics().for_each([&](topic_entry&, field_map& slots) {
    for (auto& slot : slots)
      if (slot.state == slot_state::resolved && idle.count(slot.file) > 0)
        slot.state = slot_state::unresolved;
  });
  for (auto id : files)
    bound_.forget(id);
  outcome_.files = files.size();
  if (!files.empty())
    output_.retired(std::move(files));
  finish_request(std::move(outcome_));
}

} // namespace rrdflow
