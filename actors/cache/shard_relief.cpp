// What is sealed before it is due, because rows outgrow the memory: of those
// that wait longest as much as is needed. A list of a million candidates would
// take the very memory that is short: they are counted in buckets, and only the
// bucket in which there is enough is put in order.

#include "actors/cache/shard_engine.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <tuple>

namespace rrdflow {

namespace {

/// So many of the first bits of a key divide the files of a second: keys are
/// hashes.
constexpr int part_bits = 12;

/// Files by when they began to wait, then by their keys.
using bucket = std::tuple<second32, uint64_t>;

uint64_t part_of(uint64_t key) noexcept {
  return key >> (64 - part_bits);
}

} // namespace

/// Calls `f(x, bytes)` for each file that has waited since `until` or longer
/// and of which so many bytes can be sealed.
template <class F>
void shard_engine::each_candidate(second32 until, F f) {
  for (size_t i = 0; i < files_.places(); ++i) {
    auto& x = files_.at(i);
    if (x.unsealed() == 0 || x.first_arrival > until)
      continue;
    if (auto n = rows_over(x); n > 0)
      f(x, n * files_.row_cost(x));
  }
}

/// Seals so many bytes, if there are as many, what waits longest first.
void shard_engine::seal_oldest(uint64_t wanted) {
  std::map<second32, uint64_t> seconds;
  each_candidate(never, [&](cached_file& x, uint64_t bytes) {
    seconds[x.first_arrival] += bytes;
  });
  if (seconds.empty())
    return;
  auto goal = unsealed_bytes_ - std::min(unsealed_bytes_, wanted);
  auto last = seconds.begin();
  for (; last->second <= wanted && std::next(last) != seconds.end(); ++last)
    wanted -= last->second;
  std::array<uint64_t, size_t{1} << part_bits> parts{};
  each_candidate(last->first, [&](cached_file& x, uint64_t bytes) {
    if (x.first_arrival == last->first)
      parts[part_of(names_->key(x.id))] += bytes;
  });
  uint64_t part = 0;
  for (; parts[part] <= wanted && part + 1 < parts.size(); ++part)
    wanted -= parts[part];
  bucket divided{last->first, part};
  std::vector<std::pair<uint64_t, cached_file*>> ordered;
  each_candidate(last->first, [&](cached_file& x, uint64_t) {
    auto key = names_->key(x.id);
    bucket its{x.first_arrival, part_of(key)};
    if (its < divided)
      seal(x, false);
    else if (its == divided)
      ordered.emplace_back(key, &x);
  });
  std::sort(ordered.begin(), ordered.end());
  for (auto& [key, x] : ordered) {
    if (unsealed_bytes_ <= goal)
      break;
    seal(*x, false);
  }
}

/// Seals the oldest rows until there is some room below the limit.
/// @returns when more can be sealed, if it did not suffice
int64_t shard_engine::relieve() {
  auto enough = settings_.memory - settings_.memory / 16;
  if (unsealed_bytes_ > enough)
    seal_oldest(unsealed_bytes_ - enough);
  auto next = std::numeric_limits<int64_t>::max();
  if (unsealed_bytes_ > settings_.memory)
    for (size_t i = 0; i < files_.places(); ++i) {
      auto& x = files_.at(i);
      if (x.unsealed() > 0)
        next = std::min(next, over_at(x, x.rows.at(x.sealed)));
    }
  return next;
}

} // namespace rrdflow
