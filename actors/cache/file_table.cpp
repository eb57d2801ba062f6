#include "actors/cache/file_table.hpp"

#include <new>
#include <utility>

namespace rrdflow {

file_table::block::block()
  : file_memory{std::make_unique<mapped_memory>(block_files
                                                * sizeof(cached_file))},
    rest_memory{
      std::make_unique<mapped_memory>(block_files * sizeof(file_rest))},
    files{reinterpret_cast<cached_file*>(file_memory->data())},
    rests{reinterpret_cast<file_rest*>(rest_memory->data())} {
  // nop
}

file_table::~file_table() {
  for (size_t i = 0; i < places_; ++i)
    if (auto& x = at(i); x.in_use)
      drop_sources(x);
  // Behind their owners: the memory of rows.
  for (size_t i = 0; i < places_; ++i)
    at(i).~cached_file();
}

cached_file& file_table::add(file_id id, const definition_ptr& definition) {
  if (id >= index_.size())
    index_.resize(size_t{id} + 1, none);
  if (free_.empty()) {
    if (places_ == blocks_.size() * block_files)
      blocks_.emplace_back();
    new (&at(places_)) cached_file;
    free_.push_back(static_cast<uint32_t>(places_++));
  }
  auto& result = at(free_.back());
  result.definition = definitions_.obtain(definition);
  make_sources(result);
  result.id = id;
  result.in_use = true;
  index_[id] = free_.back();
  free_.pop_back();
  rest(result) = {};
  return result;
}

void file_table::remove(cached_file& x) {
  drop_sources(x);
  definitions_.release(x.definition);
  free_.push_back(index_[x.id]);
  index_[x.id] = none;
  x.~cached_file();
  new (&x) cached_file;
}

void file_table::define(cached_file& x, const definition_ptr& definition) {
  auto next = definitions_.obtain(definition);
  auto keeps = sources(x) == definition->sources.size();
  if (!keeps)
    drop_sources(x);
  definitions_.release(std::exchange(x.definition, next));
  if (!keeps)
    make_sources(x);
}

previous_row& file_table::previous(const cached_file& x) {
  auto& y = rest(x);
  previous_.end = y.previous_end;
  if (sources(x) == 1)
    previous_.sources.assign(1, {int64_t{y.previous_end} * 1000,
                                 {y.previous_value, x.previous_known}});
  else
    previous_.sources = x.many->previous;
  return previous_;
}

void file_table::set_previous(cached_file& x, const previous_row& previous) {
  auto& y = rest(x);
  y.previous_end = to_second32(previous.end);
  if (sources(x) > 1) {
    x.many->previous = previous.sources;
    return;
  }
  y.previous_value = previous.sources[0].value.value;
  x.previous_known = previous.sources[0].value.known;
}

int64_t file_table::heartbeat(const cached_file& x) const noexcept {
  auto& file = *definition(x);
  if (auto& source = file.sources[0]; source.learns_heartbeat())
    return heartbeat_of(x.interval.heartbeat(), source, file.step);
  int64_t result = 0;
  for (auto& source : file.sources)
    result = std::max(result, source.heartbeat);
  return result;
}

void file_table::make_sources(cached_file& x) {
  auto n = sources(x);
  x.previous_known = false;
  x.interval = {};
  if (n == 1)
    x.newest = {};
  else
    x.many = new many_sources{std::vector<newest_reading>(n),
                              std::vector<previous_reading>(n),
                              std::vector<int64_t>(n)};
}

void file_table::drop_sources(cached_file& x) {
  if (sources(x) > 1)
    delete x.many;
  x.newest = {};
}

} // namespace rrdflow
