#include "actors/cache/shard_engine.hpp"

#include "actors/cache/sampling.hpp"
#include "actors/cache/slots.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <limits>

namespace rrdflow {

namespace {

/// Whether rows made for one definition can be written by the other.
bool same_layout(const file_definition& x, const file_definition& y) {
  return x.step == y.step
         && std::equal(x.sources.begin(), x.sources.end(), y.sources.begin(),
                       y.sources.end(),
                       [](const source_definition& a,
                          const source_definition& b) {
                         return a.type == b.type;
                       });
}

} // namespace

shard_engine::shard_engine(cache_settings settings,
                           std::shared_ptr<const file_names> names)
  : settings_{std::move(settings)}, names_{std::move(names)} {
  // nop
}

void shard_engine::open(const file_binding& x) {
  auto* file = files_.find(x.file);
  auto sealed_until = to_second32(x.sealed_until);
  if (file != nullptr) {
    touch(*file);
    // Somebody wants it again.
    file->retiring = false;
    if (files_.definition(*file) != x.definition)
      redefine(*file, x.definition);
    file->sealed_until = std::max(file->sealed_until, sealed_until);
    return;
  }
  file = &add(x.file, x.definition);
  file->sealed_until = sealed_until;
  file->newest_arrival = to_second32(told_);
  // What a file has that was taken over ends there.
  begin_past(*file);
}

/// Nothing is known of what was before, but its end.
void shard_engine::begin_past(cached_file& x) {
  auto n = files_.sources(x);
  files_.set_past(x, {x.sealed_until,
                      std::vector<past_reading>(n, {x.sealed_until, {}})});
}

void shard_engine::name_rules(std::vector<std::string> names) {
  books_.rules = std::move(names);
}

void shard_engine::put(const sample_batch& x) {
  // With many files none of this is in a cache: each miss is begun while
  // others are under way.
  constexpr size_t near = 6, middle = 14, far = 24;
  auto n = x.samples.size();
  for (size_t i = 0; i < n; ++i) {
    if (i + far < n)
      __builtin_prefetch(files_.first_touch(x.samples[i + far].file));
    if (i + middle < n)
      __builtin_prefetch(files_.second_touch(x.samples[i + middle].file));
    if (i + near < n)
      __builtin_prefetch(files_.third_touch(x.samples[i + near].file));
    apply(x.samples[i]);
  }
  position_ = std::max(position_, x.upto);
}

void shard_engine::apply(const sample& x) {
  auto* file = files_.find(x.file);
  if (file == nullptr || x.source >= files_.sources(*file)) {
    books_.late(x.rule);
    return;
  }
  touch(*file);
  auto now = to_second32(told_);
  file->newest_arrival = now;
  file->retiring = false;
  auto& definition = *files_.definition(*file);
  auto place = place_of(x.time, definition.step);
  if (x.time <= file->sealed_until * second_ns || place.slot < 1
      || x.time > last_second * second_ns) {
    books_.late(x.rule);
    return;
  }
  ++books_.samples_merged;
  auto n = static_cast<uint16_t>(definition.sources.size());
  auto slot = static_cast<uint32_t>(place.slot);
  auto [row, opened] = file->rows.obtain(slot, files_.shape(*file));
  auto kind = sample_of(definition.sources[x.source]);
  if (opened || !row.has_reading(x.source))
    begin(row, x.source, kind, x.value, place.fraction);
  else
    merge(row, x.source, kind, x.value, place.fraction);
  if (auto& newest = files_.newest(*file)[x.source]; x.time >= newest.time)
    newest = {x.time, x.value};
  if (!opened)
    return;
  ++books_.rows_opened;
  ++rows_;
  unsealed_bytes_ += row_buffer::cost(n);
  if (file->unsealed() == 1)
    file->first_arrival = now;
  else if (slot == file->rows.last_slot())
    return; // Something older waits already.
  reschedule(*file);
}

void shard_engine::redefine(cached_file& x, const definition_ptr& definition) {
  auto before = files_.definition(x);
  if (!same_layout(*before, *definition)) {
    // Another file stands there now: the rows fit nowhere.
    x.disowned = x.stage == file_stage::in_flight;
    abandon(x, "redefined");
    files_.define(x, definition);
    std::fill_n(files_.newest(x), files_.sources(x), newest_reading{});
    begin_past(x);
  } else {
    x.rows.for_each(0, [&](row_view row) {
      for (size_t i = 0; i < definition->sources.size(); ++i)
        convert(row, i, sample_of(before->sources[i]),
                sample_of(definition->sources[i]));
      return true;
    });
    files_.define(x, definition);
  }
  reschedule(x);
}

cached_file& shard_engine::add(file_id id, const definition_ptr& definition) {
  auto& x = files_.add(id, definition);
  if (packer_) {
    is_packed_.resize(files_.places());
    is_packed_[files_.place_of(x)] = true;
  }
  return x;
}

// -- packing ------------------------------------------------------------------

void shard_engine::mark(uint64_t marker, position at) {
  pack_place_ = 0;
  is_packed_.assign(files_.places(), false);
  packer_.emplace(marker, at, told_, books_);
  packed_.clear();
}

void shard_engine::touch(cached_file& x) {
  if (!packer_)
    return;
  auto done = is_packed_[files_.place_of(x)];
  if (done)
    return;
  done = true;
  packer_->add(files_, x, names_->key(x.id));
}

bool shard_engine::pack_some(size_t bytes) {
  if (!packer_)
    return false;
  while (pack_place_ < files_.places() && packer_->size() < bytes) {
    auto& x = files_.at(pack_place_++);
    if (x.in_use)
      touch(x);
  }
  if (pack_place_ < files_.places()) {
    packed_ += packer_->take();
    return true;
  }
  packer_->finish();
  packed_ += packer_->take();
  packer_.reset();
  is_packed_ = {};
  return false;
}

std::string shard_engine::take_packed() {
  return std::exchange(packed_, {});
}

caf::error shard_engine::load(const std::vector<std::string>& sections) {
  std::optional<caf::error> failed;
  for (size_t i = 0; i < sections.size(); ++i) {
    shard_counters books;
    auto err = unpack_section(sections[i], told_, books, [&](unpacked_file& x) {
      failed = take_over(x);
      return !failed;
    });
    if (failed)
      return std::move(*failed);
    if (err)
      return err;
    if (i % settings_.shard_count == settings_.index)
      books_.add(books);
  }
  return caf::none;
}

std::optional<caf::error> shard_engine::take_over(unpacked_file& x) {
  if (x.key % settings_.shard_count != settings_.index)
    return std::nullopt;
  auto id = settings_.lookup ? settings_.lookup(x.key) : std::nullopt;
  if (!id) {
    if (x.row_count > 0)
      books_.rows_abandoned["unknown_file"] += x.row_count;
    return std::nullopt;
  }
  if (files_.find(*id) != nullptr)
    return rrdflow::fail(ec::damaged, "snapshot: a file comes twice");
  auto& file = add(*id, x.definition);
  auto shape = files_.shape(file);
  auto bytes = row_view::stored_bytes(shape.sources);
  for (auto* row = x.rows.data(); row < x.rows.data() + x.rows.size();
       row += bytes)
    file.rows.obtain(row_view::stored_slot(row, shape.sources), shape)
      .first.load_from(row);
  file.sealed = x.sealed;
  file.sealed_until = to_second32(x.sealed_until);
  file.first_arrival = to_second32(x.first_arrival);
  file.newest_arrival = to_second32(x.newest_arrival);
  file.retiring = x.newest_arrival < x.retire_before;
  files_.set_past(file, x.past);
  std::copy(x.newest.begin(), x.newest.end(), files_.newest(file));
  rows_ += file.rows.size();
  sealed_bytes_ += file.sealed * files_.row_cost(file);
  unsealed_bytes_ += file.unsealed() * files_.row_cost(file);
  reschedule(file);
  desk_.ready(file);
  return std::nullopt;
}

} // namespace rrdflow
