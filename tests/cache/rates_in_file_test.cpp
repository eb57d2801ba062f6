#define CAF_SUITE rates_in_file

// Random streams of rates that change, beside gauges, go through a shard into a
// file of several sources. Each rate must read there as in a file of its own,
// which librrd makes of its readings at their own times.

#include "tests/cache/file_fixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

constexpr int64_t step = 10;
constexpr int64_t duration = 900;

struct reading {
  int64_t at = 0;
  value_bits value;
  bool known = true;
};

int64_t slot_end(int64_t at) {
  return (at + step - 1) / step * step;
}

/// What each source of a file sends.
class rate_stream {
public:
  /// @param often whether a slot may have several readings of a source
  rate_stream(unsigned seed, bool often) : random_{seed}, often_{often} {
    auto rates = 1 + below(3);
    auto gauges = below(3);
    if (rates + gauges == 1)
      ++(below(2) == 0 ? rates : gauges);
    // Some read all their sources at once, or two of them.
    shared_ = any_times();
    for (auto i = 0u; i < rates; ++i)
      add(other(static_cast<source_type>(1 + below(5)), 0));
    for (auto i = 0u; i < gauges; ++i)
      add(gauge_source(static_cast<gap_fill>(below(3)), 0));
  }

  std::vector<source_definition> sources;

  /// Of each source, in the order of their times.
  std::vector<std::vector<reading>> readings;

  unsigned below(unsigned n) {
    return static_cast<unsigned>(random_() % n);
  }

private:
  std::vector<int64_t> any_times() {
    constexpr unsigned pauses[] = {3, 10, 13, 30, 60, 90};
    auto pause = pauses[below(6)];
    auto jitter = below(2) == 0 ? 0 : below(pause / 3 + 1);
    std::vector<int64_t> result;
    int64_t before = 0;
    for (auto at = 1 + below(100); at < duration; at += pause) {
      if (below(25) == 0)
        at += below(200);
      auto time = int64_t{at} + below(jitter + 1);
      if (time > before && time < duration && below(20) > 0)
        result.push_back(before = time);
    }
    return result;
  }

  void add(source_definition x) {
    x.heartbeat = 20 + below(130);
    auto times = below(3) == 0 ? shared_ : any_times();
    std::vector<reading> own;
    auto raw = int64_t{1'000'000} + below(1000);
    auto exact = 1e3;
    for (auto at : times) {
      auto again = !own.empty() && slot_end(own.back().at) == slot_end(at);
      // Of two readings in a slot only the last one counts, and between it and
      // the one before a counter may have no whole number at a slot's end.
      if (again && (!often_ || is_integer(x.type) || !own.back().known))
        continue;
      auto pause = own.empty() ? 0 : at - own.back().at;
      reading y{at, {}, again || own.empty() || below(30) > 0};
      auto rate = int64_t{below(6)} * below(20);
      if (x.type == source_type::derive && below(3) == 0)
        rate = -rate;
      raw += rate * pause;
      exact += (x.type == source_type::dderive ? -1.25 : 0.625)
               * static_cast<double>(rate * pause);
      if (is_integer(x.type))
        y.value = value_bits::of(static_cast<uint64_t>(raw));
      else if (x.type == source_type::absolute || !is_rate(x.type))
        y.value = value_bits::of(below(8) * 12.5);
      else
        y.value = value_bits::of(exact);
      own.push_back(y);
    }
    sources.push_back(x);
    readings.push_back(std::move(own));
  }

  std::mt19937 random_;
  bool often_;
  std::vector<int64_t> shared_;
};

/// The rows of a file of this source alone: each slot's last reading at its own
/// time, of an ABSOLUTE with all that the slot counted.
std::vector<reading>
own_rows(const source_definition& source, const std::vector<reading>& xs) {
  std::vector<reading> result;
  for (auto x : xs) {
    if (!result.empty() && slot_end(result.back().at) == slot_end(x.at)) {
      if (source.type == source_type::absolute)
        x.value = value_bits::of(x.value.as_double()
                                 + result.back().value.as_double());
      result.back() = x;
    } else {
      result.push_back(x);
    }
  }
  return result;
}

/// What librrd makes of the rows.
std::vector<double>
own_slots(const source_definition& source, const std::vector<reading>& rows) {
  file_fixture file;
  file.definition = define(step, {source});
  file.create(epoch + rows.front().at - step);
  row_block block;
  for (auto& x : rows) {
    block.times.push_back(epoch + x.at);
    block.cells.push_back({x.value, x.known});
  }
  file.update(block);
  std::vector<double> result;
  for (auto& x : file.slots(duration + step).cells)
    result.push_back(x.value.as_double());
  return result;
}

/// Sends all readings in the order of their times, and lets rows be written in
/// between, or not.
void run(file_fixture& file, rate_stream& stream, bool in_between) {
  file.open(stream.sources);
  std::vector<std::pair<uint16_t, reading>> all;
  for (uint16_t i = 0; i < stream.sources.size(); ++i)
    for (auto& x : stream.readings[i])
      all.emplace_back(i, x);
  std::stable_sort(all.begin(), all.end(),
                   [](auto& x, auto& y) { return x.second.at < y.second.at; });
  for (auto& [i, x] : all) {
    if (in_between && stream.below(3) == 0)
      file.write_until(x.at - 1);
    auto source = static_cast<uint16_t>(x.known ? i : i | sample::unknown_bit);
    file.uut.put_bits(file.f, static_cast<double>(x.at), x.value, source);
  }
}

/// The rates of a source on both sides of one of its rows; NaN: unknown.
struct rates_around {
  double before = unknown;
  double after = unknown;
};

double rate_between(const source_definition& source, const reading& x,
                    const reading& y) {
  auto pause = static_cast<double>(y.at - x.at);
  auto from_unknown = source.type == source_type::absolute;
  if (!y.known || (!x.known && !from_unknown) || y.at - x.at > source.heartbeat)
    return unknown;
  if (source.type == source_type::absolute)
    return y.value.as_double() / pause;
  if (is_integer(source.type))
    return static_cast<double>(
             static_cast<int64_t>(y.value.bits - x.value.bits))
           / pause;
  return (y.value.as_double() - x.value.as_double()) / pause;
}

bool near(double x, double y) {
  return (std::isnan(x) && std::isnan(y))
         || std::abs(x - y) <= 1e-8 * std::max(1.0, std::abs(y));
}

/// Counts the slots of source `i` that differ from those of a file of its own.
struct comparison {
  size_t compared = 0;
  size_t with_reading = 0;
  size_t wrong = 0;
  std::string first;

  void
  add(unsigned seed, file_fixture& file, const rate_stream& stream, size_t i) {
    auto& source = stream.sources[i];
    auto rows = own_rows(source, stream.readings[i]);
    if (rows.empty())
      return;
    auto own = own_slots(source, rows);
    auto found = file.slots(duration + step).cells;
    size_t k = 0;
    for (int64_t end = step; end <= duration; end += step) {
      auto slot = static_cast<size_t>(end / step - 1);
      auto has = found[slot * stream.sources.size() + i].value.as_double();
      for (; k < rows.size() && slot_end(rows[k].at) < end; ++k)
        ; // nop
      auto is_right = false;
      if (k < rows.size() && slot_end(rows[k].at) == end) {
        auto before
          = k > 0 ? rate_between(source, rows[k - 1], rows[k]) : unknown;
        auto after = k + 1 < rows.size()
                       ? rate_between(source, rows[k], rows[k + 1])
                       : unknown;
        // The share of time that is known may be too little for the slot.
        if (!std::isnan(before) && !std::isnan(after))
          is_right = near(has, own[slot]);
        else
          is_right = std::isnan(has) || near(has, before) || near(has, after)
                     || (k == 0 && source.type == source_type::absolute);
        ++with_reading;
      } else if (end < rows.front().at || end > rows.back().at) {
        // A file begins one step before its first row, of which an ABSOLUTE
        // counts all.
        is_right
          = std::isnan(has) || (end < rows.front().at && near(has, own[slot]));
        ++compared;
      } else {
        is_right = near(has, own[slot]);
        ++compared;
      }
      if (!is_right && wrong++ == 0)
        first = "seed " + std::to_string(seed) + ", source " + std::to_string(i)
                + " (" + to_string(source.type) + ") at " + std::to_string(end)
                + ": " + std::to_string(has) + " instead of "
                + std::to_string(own[slot]);
    }
  }
};

} // namespace

CAF_TEST(each rate of several is as in a file of its own) {
  comparison total;
  for (auto seed = 0u; seed < 2000; ++seed) {
    auto often = seed % 4 == 1;
    rate_stream stream{seed, often};
    file_fixture file;
    auto in_between = seed % 2 == 0;
    run(file, stream, in_between);
    auto shown = file.uut.engine.waiting(file.f).rows;
    for (auto t : {1000, 1001, 1002, 1003, 1200, 1201})
      file.write_until(t);
    auto& rows = file.uut.disk["f"];
    CAF_REQUIRE(file.uut.balanced());
    CAF_REQUIRE_EQUAL(file.uut.stat("rows_waiting"), 0);
    CAF_REQUIRE_EQUAL(file.uut.stat("rows_written_total"), rows.times.size());
    if (!in_between)
      CAF_REQUIRE(shown == rows);
    // Where nothing looks for what waits, it is the same whenever rows are
    // written.
    auto looks = [](auto& x) {
      return !is_rate(x.type) && x.fill == gap_fill::heartbeat;
    };
    if (!often
        && std::none_of(stream.sources.begin(), stream.sources.end(), looks)) {
      rate_stream same{seed, often};
      file_fixture other_way;
      run(other_way, same, !in_between);
      for (auto t : {1000, 1001, 1002, 1003, 1200, 1201})
        other_way.write_until(t);
      CAF_REQUIRE(other_way.uut.disk["f"] == rows);
    }
    for (size_t i = 0; i < stream.sources.size(); ++i)
      if (is_rate(stream.sources[i].type))
        total.add(seed, file, stream, i);
  }
  CAF_MESSAGE(total.compared << " slots, and " << total.with_reading
                             << " with a reading: " << total.wrong
                             << " are wrong " << total.first);
  CAF_CHECK_EQUAL(total.wrong, 0u);
  CAF_CHECK_GREATER(total.compared, 100'000u);
}
