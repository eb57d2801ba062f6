#include "actors/decode/series_resolver.hpp"

#include <xxhash.h>

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

/// Series of one request, about.
constexpr size_t max_asked = 8192;

uint64_t hash_of(std::string_view series) {
  return XXH3_64bits(series.data(), series.size());
}

} // namespace

bool bound_files::bind(file_id file, const definition_ptr& definition) {
  if (file >= numbers_.size())
    numbers_.resize(std::max<size_t>(file + size_t{1}, numbers_.size() * 2),
                    unbound);
  auto& number = numbers_[file];
  if (number != unbound && definitions_.at(number) == definition)
    return false;
  release(std::exchange(number, definitions_.obtain(definition)));
  return true;
}

void bound_files::forget(file_id file) {
  if (file < numbers_.size())
    release(std::exchange(numbers_[file], unbound));
}

void bound_files::release(uint32_t number) {
  if (number != unbound)
    definitions_.release(number);
}

void series_resolver::collect(const message_plan& plan) {
  if (plan.result != message_result::decoded || !plan.unresolved)
    return;
  for (auto& x : plan.readings) {
    if (x.refused != sample_refusal::none)
      continue;
    auto& binding = (*plan.fields)[x.binding];
    if (binding.state != binding_state::unresolved
        && binding.state != binding_state::absent)
      continue;
    binding.state = binding_state::asked;
    request_.push_back(decoder_.rules().describe(
      binding.mapping_index, plan.entry->topic(), binding.path.text()));
    request_.back().known_only = x.mark == reading_mark::unknown;
    asked_.push_back({plan.entry, plan.fields, x.binding});
  }
}

bool series_resolver::is_full() const noexcept {
  return request_.size() >= max_asked;
}

void series_resolver::ask() {
  waiting_ = true;
  output_.resolve(std::exchange(request_, {}));
}

caf::error series_resolver::resolved(const std::vector<resolution>& xs) {
  if (xs.size() != asked_.size())
    return fail(ec::bad_request, "catalog: an answer to nothing asked");
  std::vector<std::vector<file_binding>> files(shards_);
  for (size_t i = 0; i < xs.size(); ++i) {
    auto& x = xs[i];
    auto& fields = *asked_[i].fields;
    auto& binding = fields[asked_[i].index];
    if (x.absent) {
      binding.state = binding_state::absent;
      continue;
    }
    if (x.refused != refusal::none) {
      binding.state = binding_state::refused;
      binding.refused = x.refused;
      auto series = decoder_.rules().describe(
        binding.mapping_index, asked_[i].entry->topic(), binding.path.text());
      refused_.touch(hash_of(series.name)) = x.reason;
      continue;
    }
    if (x.shard >= shards_ || x.definition == nullptr)
      return fail(ec::bad_request, "catalog: a file without shard");
    binding.state = binding_state::resolved;
    binding.file = x.file;
    binding.source = x.source;
    binding.shard = static_cast<uint16_t>(x.shard);
    if (decoder_.keeps_times()) {
      auto series = decoder_.rules().describe(
        binding.mapping_index, asked_[i].entry->topic(), binding.path.text());
      binding.time_index = decoder_.times().add(last_times::key(series.name));
    }
    if (bound_.bind(x.file, x.definition))
      files[x.shard].push_back({x.file, x.definition, x.sealed_until});
  }
  asked_.clear();
  waiting_ = false;
  for (uint32_t i = 0; i < shards_; ++i)
    if (!files[i].empty())
      output_.open(i, std::move(files[i]));
  return {};
}

std::string_view series_resolver::why_refused(std::string_view series) const {
  auto* result = refused_.find(hash_of(series));
  return result == nullptr ? std::string_view{} : *result;
}

void series_resolver::forget(const std::vector<file_id>& files) {
  for (auto id : files)
    bound_.forget(id);
}

} // namespace rrdflow
