#include "actors/cache/cached_file.hpp"

namespace rrdflow {

cached_file& file_table::add(file_id id) {
  if (id >= index_.size())
    index_.resize(size_t{id} + 1, none);
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(files_.size()));
    files_.emplace_back();
  }
  index_[id] = free_.back();
  free_.pop_back();
  auto& result = files_[index_[id]];
  result.id = id;
  result.in_use = true;
  return result;
}

void file_table::remove(cached_file& x) {
  free_.push_back(index_[x.id]);
  index_[x.id] = none;
  x = cached_file{};
}

} // namespace rrdflow
