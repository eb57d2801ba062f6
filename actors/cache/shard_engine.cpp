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
                           std::shared_ptr<const name_table> names)
  : settings_{std::move(settings)}, names_{std::move(names)} {
  // nop
}

void shard_engine::open(const file_binding& x) {
  auto* file = files_.find(x.file);
  if (file != nullptr) {
    touch(*file);
    // Somebody wants it again.
    file->retire_before = always;
    if (file->definition != x.definition)
      redefine(*file, x.definition);
    file->sealed_until = std::max(file->sealed_until, x.sealed_until);
    return;
  }
  file = &add(x.file, x.definition);
  file->sealed_until = x.sealed_until;
  file->newest_arrival = told_;
  // What a file has that was taken over ends there.
  file->past.end = x.sealed_until;
  for (auto& source : file->past.sources)
    source.end = x.sealed_until;
}

void shard_engine::name_rules(std::vector<std::string> names) {
  books_.rules = std::move(names);
}

void shard_engine::put(const sample_batch& x) {
  // With many files none of this is in a cache: two misses a sample took
  // half of the time.
  constexpr size_t near = 8, far = 24;
  auto ahead = [&](size_t i) {
    return i < x.samples.size() ? files_.find(x.samples[i].file) : nullptr;
  };
  for (size_t i = 0; i < x.samples.size(); ++i) {
    if (auto* file = ahead(i + far))
      file->prefetch();
    if (auto* file = ahead(i + near))
      file->prefetch_rows();
    apply(x.samples[i]);
  }
  position_ = std::max(position_, x.upto);
}

void shard_engine::apply(const sample& x) {
  auto* file = files_.find(x.file);
  if (file == nullptr || x.source >= file->definition->sources.size()) {
    books_.late(x.rule);
    return;
  }
  touch(*file);
  file->newest_arrival = told_;
  file->retire_before = always;
  auto step = file->definition->step;
  auto slot = slot_of(x.time, step);
  if (x.time <= file->sealed_until * second_ns || slot < 1
      || slot > std::numeric_limits<uint32_t>::max()) {
    books_.late(x.rule);
    return;
  }
  ++books_.samples_merged;
  auto [row, opened] = file->rows.obtain(static_cast<uint32_t>(slot));
  auto kind = sample_of(file->definition->sources[x.source]);
  auto fraction = slot_fraction(x.time, step);
  if (opened || !row.has_reading(x.source))
    begin(row, x.source, kind, x.value, fraction);
  else
    merge(row, x.source, kind, x.value, fraction);
  if (auto& newest = file->newest[x.source]; x.time >= newest.time)
    newest = {x.time, x.value};
  if (!opened)
    return;
  ++books_.rows_opened;
  ++rows_;
  unsealed_bytes_ += file->rows.row_bytes();
  if (file->unsealed() == 1)
    file->first_arrival = told_;
  else if (row.data() == file->rows.at(file->rows.size() - 1).data())
    return; // Something older waits already.
  reschedule(*file);
}

void shard_engine::redefine(cached_file& x, const definition_ptr& definition) {
  if (!same_layout(*x.definition, *definition)) {
    // Another file stands there now: the rows fit nowhere.
    x.disowned = x.stage == file_stage::in_flight;
    abandon(x, "redefined");
    auto n = definition->sources.size();
    x.rows = row_buffer{static_cast<uint16_t>(n)};
    x.newest.assign(n, {});
    x.past = {x.sealed_until, std::vector<past_reading>(n)};
    for (auto& source : x.past.sources)
      source.end = x.sealed_until;
  } else {
    x.rows.for_each(0, [&](row_view row) {
      for (size_t i = 0; i < definition->sources.size(); ++i)
        convert(row, i, sample_of(x.definition->sources[i]),
                sample_of(definition->sources[i]));
      return true;
    });
  }
  x.definition = definition;
  reschedule(x);
}

cached_file& shard_engine::add(file_id id, definition_ptr definition) {
  auto& x = files_.add(id);
  auto n = definition->sources.size();
  x.definition = std::move(definition);
  x.rows = row_buffer{static_cast<uint16_t>(n)};
  x.past.sources.resize(n);
  x.newest.resize(n);
  x.packed = epoch_;
  if (auto jitter = settings_.flush_jitter.count(); jitter > 0)
    x.jitter
      = static_cast<int64_t>(names_->key(id) % static_cast<uint64_t>(jitter));
  return x;
}

// -- packing ------------------------------------------------------------------

void shard_engine::mark(uint64_t marker, position at) {
  ++epoch_;
  pack_place_ = 0;
  packer_.emplace(marker, at, told_, books_);
  packed_.clear();
}

void shard_engine::touch(cached_file& x) {
  if (!packer_ || x.packed == epoch_)
    return;
  x.packed = epoch_;
  packer_->add(x, names_->key(x.id));
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
  return false;
}

std::string shard_engine::take_packed() {
  return std::exchange(packed_, {});
}

caf::error shard_engine::load(const std::vector<std::string>& sections) {
  std::optional<caf::error> failed;
  for (size_t i = 0; i < sections.size(); ++i) {
    shard_books books;
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
    if (!x.rows.empty())
      books_.rows_abandoned["unknown_file"] += x.rows.size();
    return std::nullopt;
  }
  if (files_.find(*id) != nullptr)
    return rrdflow::fail(ec::damaged, "snapshot: a file comes twice");
  auto& file = add(*id, std::move(x.definition));
  file.rows = std::move(x.rows);
  file.sealed = x.sealed;
  file.sealed_until = x.sealed_until;
  file.first_arrival = x.first_arrival;
  file.newest_arrival = x.newest_arrival;
  file.retire_before = x.retire_before;
  file.past = std::move(x.past);
  file.newest = std::move(x.newest);
  rows_ += file.rows.size();
  sealed_bytes_ += file.sealed * file.rows.row_bytes();
  unsealed_bytes_ += file.unsealed() * file.rows.row_bytes();
  reschedule(file);
  desk_.ready(file);
  return std::nullopt;
}

} // namespace rrdflow
