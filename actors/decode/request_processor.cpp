#include "actors/decode/request_processor.hpp"

#include "config/config.hpp"

#include <algorithm>
#include <unordered_set>

namespace rrdflow {

request_processor::request_processor(uint32_t shards,
                                     std::shared_ptr<const file_names> files,
                                     message_decoder& decoder,
                                     message_counters& counters,
                                     series_resolver& resolver,
                                     decoder_output& output)
  : shards_{shards}, files_{std::move(files)}, decoder_{decoder},
    counters_{counters}, resolver_{resolver}, output_{output} {
  // nop
}

request_processor::status request_processor::apply(const journal_record& x) {
  outcome_ = {};
  request_ = x.request;
  switch (x.kind) {
    case record_kind::flush:
      return flush(x);
    case record_kind::forget:
      return forget(x);
    case record_kind::rules:
      return change_rules(x);
    case record_kind::retire:
      return retire(x);
    case record_kind::message:
    case record_kind::verdict: // The start has read it.
    case record_kind::replay:  // The engine's.
      break;
  }
  return status::done;
}

request_processor::status request_processor::damaged(const char* what) {
  refuse(std::string{what} + ": the request is damaged");
  return status::done;
}

// -- rules --------------------------------------------------------------------

caf::error request_processor::use_rules(rules_request x) {
  auto config = read_rules(x.text);
  if (!config)
    return config.error();
  auto set = rule_set::make(*config, x.subscriptions, names_);
  if (!set)
    return set.error();
  decoder_.use(std::make_shared<const rule_set>(std::move(*set)));
  rules_ = std::move(x);
  counters_.name_rules(names_.names());
  output_.name_rules(names_.names());
  output_.due_after(config->rules.flush_after.count());
  return {};
}

request_processor::status
request_processor::change_rules(const journal_record& x) {
  rules_request request;
  if (!unpack(x.payload, request))
    return damaged("rules");
  if (auto error = use_rules(std::move(request)))
    refuse(explain(error));
  return status::done;
}

// -- flush --------------------------------------------------------------------

request_processor::status request_processor::flush(const journal_record& x) {
  flush_request request;
  if (!unpack(x.payload, request))
    return damaged("flush");
  if (request.series.empty()) {
    output_.flush(request_, {});
    return status::passed_on;
  }
  is_flush_ = true;
  refuse(request.series + ": no such series");
  output_.find_series(request.series);
  return wait();
}

// -- forget -------------------------------------------------------------------

request_processor::status request_processor::forget(const journal_record& x) {
  forget_request request;
  if (!unpack(x.payload, request))
    return damaged("forget");
  is_flush_ = false;
  remove_ = request.remove;
  output_.find_matches(request.pattern);
  return wait();
}

request_processor::status
request_processor::found(const std::vector<series_info>& xs) {
  if (is_flush_) {
    waiting_ = false;
    if (xs.empty())
      return status::done;
    output_.flush(request_, {xs.front().id});
    return status::passed_on;
  }
  file_shares shares(shards_);
  released_.clear();
  std::unordered_set<file_id> seen;
  for (auto& x : xs) {
    if (x.shard < shards_ && seen.insert(x.id).second) {
      released_.push_back(x.id);
      shares[x.shard].push_back(x.id);
    }
  }
  outcome_.files = released_.size();
  if (released_.empty()) {
    waiting_ = false;
    return status::done;
  }
  releases_ = static_cast<size_t>(std::count_if(
    shares.begin(), shares.end(), [](auto& share) { return !share.empty(); }));
  for (uint32_t i = 0; i < shards_; ++i)
    if (!shares[i].empty())
      output_.release(i, std::move(shares[i]), remove_);
  return status::waiting;
}

request_processor::status
request_processor::released(const request_outcome& x) {
  outcome_.rows += x.rows;
  outcome_.failures.insert(outcome_.failures.end(), x.failures.begin(),
                           x.failures.end());
  // Those that could not be written stay as they are.
  released_ = without(released_, x.unwritten);
  if (--releases_ > 0)
    return status::waiting;
  outcome_.files = released_.size();
  if (released_.empty()) {
    waiting_ = false;
    return status::done;
  }
  output_.free_names(released_);
  return status::waiting;
}

request_processor::status request_processor::freed() {
  waiting_ = false;
  std::unordered_set<file_id> gone{released_.begin(), released_.end()};
  auto& rules = decoder_.rules();
  // A name that was refused may be free now.
  auto is_free = [&](const topic_entry& entry, const field_binding& x) {
    if (x.state == binding_state::refused)
      return !rules.describe(x.mapping_index, entry.topic(), x.path.text())
                .name.empty();
    return x.state == binding_state::resolved && gone.count(x.file) > 0;
  };
  decoder_.topics().for_each([&](topic_entry& entry, field_map& fields) {
    for (auto& x : fields) {
      if (!is_free(entry, x))
        continue;
      x.state = binding_state::unresolved;
      x.refused = refusal::none;
    }
  });
  resolver_.forget(released_);
  return status::done;
}

// -- retire -------------------------------------------------------------------

std::vector<file_id>
request_processor::find_files(const std::vector<std::string>& paths) const {
  std::unordered_set<uint64_t> keys;
  for (auto& path : paths)
    keys.insert(path_key(path));
  std::vector<file_id> result;
  for (file_id id = 0; files_ != nullptr && id < files_->size(); ++id)
    if (keys.count(files_->key(id)) > 0)
      result.push_back(id);
  return result;
}

request_processor::status request_processor::retire(const journal_record& x) {
  retire_request request;
  if (!unpack(x.payload, request))
    return damaged("retire");
  auto files = find_files(request.files);
  std::vector<bool> is_idle(files.empty() ? 0 : files.back() + size_t{1});
  for (auto id : files)
    is_idle[id] = true;
  // One walk through the table, because decoding waits for it; what is known
  // of a file at its end decides about all of its fields.
  std::vector<field_binding*> fields;
  if (!files.empty())
    decoder_.topics().for_each([&](topic_entry&, field_map& xs) {
      for (auto& y : xs) {
        if (y.state != binding_state::resolved || y.file >= is_idle.size()
            || !is_idle[y.file])
          continue;
        if (y.last_seen >= request.idle_since)
          is_idle[y.file] = false;
        else
          fields.push_back(&y);
      }
    });
  files.erase(std::remove_if(files.begin(), files.end(),
                             [&](file_id id) { return !is_idle[id]; }),
              files.end());
  // Their next reading asks the CATALOG again, and announces the file anew.
  for (auto* y : fields)
    if (is_idle[y->file])
      y->state = binding_state::unresolved;
  file_shares shares(shards_);
  for (auto id : files)
    shares[files_->key(id) % shards_].push_back(id);
  for (uint32_t i = 0; i < shards_; ++i)
    if (!shares[i].empty())
      output_.retire(i, std::move(shares[i]), request.idle_since);
  resolver_.forget(files);
  outcome_.files = files.size();
  if (!files.empty())
    output_.retired(std::move(files));
  return status::done;
}

} // namespace rrdflow
