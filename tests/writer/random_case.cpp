#include "tests/writer/random_case.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace rrdflow::test {

using namespace rrd_layout;

namespace {

constexpr auto nan = std::numeric_limits<double>::quiet_NaN();

template <class T>
void put(std::string& to, size_t at, T x) {
  std::memcpy(to.data() + at, &x, sizeof(x));
}

} // namespace

random_case::random_case(uint64_t seed) : random_{seed} {
  define();
  auto step = static_cast<uint64_t>(definition_.step);
  now_ = static_cast<int64_t>(1'000'000'000 + below(1'000'000'000));
  if (!one_in(3))
    now_ -= static_cast<int64_t>(static_cast<uint64_t>(now_) % step);
  steady_ = one_in(2);
  unknowns_ = one_in(3) ? 2 : 8 + below(60);
  fractional_ = one_in(2);
  heartbeat_ = static_cast<uint32_t>(2 * step);
  if (one_in(3))
    for (auto& x : definition_.sources)
      x.heartbeat_max = 86400;
}

void random_case::define() {
  const int64_t steps[] = {1, 2, 5, 7, 10, 60, 300, 3600, 86400};
  definition_.step
    = one_in(4) ? static_cast<int64_t>(1 + below(1000)) : one_of(steps);
  auto step = static_cast<uint64_t>(definition_.step);
  const source_type types[] = {source_type::gauge, source_type::counter,
                               source_type::derive, source_type::absolute};
  for (auto n = one_in(2) ? 1 : 1 + below(5); n > 0; --n) {
    source_definition x;
    x.name = "s" + std::to_string(n);
    x.type = one_of(types);
    // Only librrd can update these.
    if (one_in(20))
      x.type = one_in(2) ? source_type::dcounter : source_type::dderive;
    const uint64_t heartbeats[]
      = {2 * step,     step, 1 + step / 2, 20 * step, 1 + below(10 * step),
         1'000'000'000};
    x.heartbeat = static_cast<int64_t>(one_of(heartbeats));
    x.min = limit();
    x.max = limit();
    definition_.sources.push_back(std::move(x));
    counts_.push_back(one_in(2) ? below(1'000'000) : random_());
  }
  const double xffs[] = {0.5, 0, 0.25, 0.99, 1.0 / 3};
  const uint32_t counts[] = {1, 2, 3, 6, 12, 144};
  const consolidation functions[] = {consolidation::average, consolidation::min,
                                     consolidation::max, consolidation::last};
  for (auto n = 1 + below(one_in(4) ? 11 : 4); n > 0; --n) {
    archive_definition x;
    x.function = one_of(functions);
    x.xff = one_of(xffs);
    x.steps = one_in(4) ? static_cast<uint32_t>(1 + below(40)) : one_of(counts);
    x.rows = static_cast<uint32_t>(1 + below(one_in(3) ? 5 : 100));
    definition_.archives.push_back(x);
  }
}

double random_case::limit() {
  const double limits[] = {0, 1, -1, 100, 1e9, -1e9, 1.0 / 3};
  return one_in(3) ? one_of(limits) : nan;
}

double random_case::any_bits() {
  auto bits = random_();
  double result;
  std::memcpy(&result, &bits, sizeof(result));
  return result;
}

double random_case::real() {
  const double special[] = {0.0,
                            -0.0,
                            1,
                            1e6,
                            1e15,
                            9007199254740993.0,
                            1e22,
                            1e23,
                            -1e300,
                            5e-324,
                            2.2250738585072014e-308,
                            std::numeric_limits<double>::max(),
                            std::numeric_limits<double>::infinity(),
                            nan,
                            0.1,
                            1.0 / 3};
  switch (below(7)) {
    case 0:
      return one_of(special);
    case 1:
      return any_bits();
    case 2:
      return std::ldexp(static_cast<double>(random_()) - 0x1p63,
                        static_cast<int>(below(160)) - 140);
    case 3:
      return static_cast<double>(below(1000));
    default:
      // As sensors send them.
      return (static_cast<double>(below(2'000'000)) - 1'000'000)
             / std::pow(10, static_cast<double>(below(9)));
  }
}

uint64_t random_case::next_count(size_t source) {
  auto& x = counts_[source];
  switch (below(12)) {
    case 0:
      return x = below(100);
    case 1:
      return x = random_();
    case 2:
      return x = (uint64_t{1} << 32) - 1 - below(100);
    case 3:
      return x = UINT64_MAX - below(100);
    case 4:
      return x = (x + below(1'000'000)) & 0xffffffff;
    case 5:
      return x;
    case 6:
      return x -= below(1'000'000);
    default:
      return x += below(one_in(2) ? 1000 : 1ull << 40);
  }
}

int64_t random_case::pause() {
  auto step = static_cast<uint64_t>(definition_.step);
  uint64_t result = step;
  if (!steady_ || one_in(20))
    switch (below(7)) {
      case 0:
        result = 1 + below(2);
        break;
      case 1:
        result = 1 + below(step);
        break;
      case 2:
        result = 1 + below(3 * step);
        break;
      case 3:
        result = step * (1 + below(30));
        break;
      case 4:
        result = 1 + below(500 * step);
        break;
      case 5:
        if (one_in(8))
          result = 1 + below(100'000 * step);
        break;
      default:
        break;
    }
  return static_cast<int64_t>(result);
}

row_block random_case::batch() {
  row_block result;
  for (auto n = 1 + below(one_in(3) ? 60 : 12); n > 0; --n) {
    now_ += pause();
    // What is not newer than all before is passed over.
    result.times.push_back(one_in(100) ? now_ - 5 : now_);
    if (fractional_)
      result.milliseconds.push_back(
        one_in(3) ? 0 : static_cast<uint16_t>(below(999)));
    if (definition_.sources[0].learns_heartbeat()) {
      if (one_in(4))
        heartbeat_ = static_cast<uint32_t>(
          1 + below(30 * static_cast<uint64_t>(definition_.step)));
      result.heartbeats.push_back(heartbeat_);
    }
    for (size_t i = 0; i < definition_.sources.size(); ++i) {
      auto& x = result.cells.emplace_back();
      x.known = !one_in(unknowns_);
      auto type = definition_.sources[i].type;
      x.value = is_integer(type) ? value_bits::of(next_count(i))
                : type == source_type::dcounter || type == source_type::dderive
                  ? value_bits::of(static_cast<double>(below(1'000'000)) / 8)
                  : value_bits::of(real());
    }
  }
  // The first is newer than the file.
  result.times.front() = std::max(result.times.front(), now_);
  for (size_t i = 1; i < result.times.size(); ++i)
    now_ = std::max(now_, result.times[i]);
  return result;
}

void random_case::alter(const rrd_header& header, std::string& live) {
  if (one_in(4))
    alter_live(header, live);
}

void random_case::alter_live(const rrd_header& header, std::string& live) {
  auto sources = definition_.sources.size();
  auto archives = definition_.archives.size();
  if (one_in(2))
    put(live, 8, static_cast<int64_t>(below(999'999)));
  auto at = live_size;
  const char* texts[] = {"U",
                         "UNKN",
                         "",
                         "5",
                         "-7",
                         "x-12y",
                         "nan",
                         "0001",
                         "1.5",
                         "-0",
                         "1e5",
                         "--3",
                         "18446744073709551615",
                         "18446744073709551616",
                         "000000000000000000000000005"};
  for (size_t i = 0; i < sources; ++i, at += pending_size) {
    auto type = definition_.sources[i].type;
    if (type != source_type::dcounter && type != source_type::dderive
        && one_in(2)) {
      std::memset(live.data() + at, 0, last_text_size);
      std::strcpy(live.data() + at, one_of(texts));
    }
    if (one_in(2))
      put(live, at + unknown_seconds_at,
          below(one_in(4) ? 1ull << 42
                          : 2 * static_cast<uint64_t>(definition_.step)));
    if (one_in(2))
      put(live, at + pending_value_at, one_in(3) ? any_bits() : real());
  }
  for (size_t i = 0; i < archives; ++i)
    for (size_t j = 0; j < sources; ++j, at += consolidated_size) {
      if (one_in(2))
        put(live, at, one_in(3) ? any_bits() : real());
      if (one_in(2))
        put(live, at + unknown_points_at,
            one_in(8) ? random_() : below(definition_.archives[i].steps + 1));
    }
  for (size_t i = 0; i < archives; ++i, at += pointer_size)
    put(live, at, below(header.definition.archives[i].rows - 1));
}

} // namespace rrdflow::test
