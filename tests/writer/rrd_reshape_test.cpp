#define CAF_SUITE rrd_reshape

// What a file becomes with another shape, compared with sums that do not share
// code, and with files that had the shape from the start.

#include "actors/writer/rrd_reshape.hpp"
#include "tests/test.hpp"
#include "tests/writer/random_case.hpp"
#include "tests/writer/rrd_fixture.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

constexpr auto none = std::numeric_limits<double>::quiet_NaN();
constexpr auto average = consolidation::average;

bool same(double x, double y, double tolerance = 0) {
  if (std::isnan(x) || std::isnan(y))
    return std::isnan(x) && std::isnan(y);
  return x == y
         || std::abs(x - y) <= tolerance * std::max(std::abs(x), std::abs(y));
}

struct reshape_fixture : store_fixture {
  reshape_fixture()
    : store_fixture{::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"} {
    // nop
  }

  /// Gives a file another shape, whatever its writer thinks.
  void reshape(const std::string& path, const file_definition& wanted) {
    auto bytes = slurp(file(path));
    auto header = header_of(file(path));
    auto values = std::string_view{bytes}.substr(header.bytes.size());
    auto content = reshape_rrd(header, values, wanted, 5);
    CAF_REQUIRE(content.header);
    CAF_REQUIRE_EQUAL(content.header.last_microtime(), header.last_microtime());
    CAF_REQUIRE_EQUAL(content.header.bytes.size() + content.values.size(),
                      rrd_file_size(wanted));
    spill(file(path), content.header.bytes + content.values);
  }

  /// All rows of an archive by their ends, of one source.
  std::map<int64_t, double>
  archive(const std::string& path, size_t i, size_t source = 0) {
    auto bytes = slurp(file(path));
    auto header = header_of(file(path));
    auto& x = header.definition;
    auto width = x.sources.size();
    auto begin = header.bytes.size();
    for (size_t k = 0; k < i; ++k)
      begin += x.archives[k].rows * width * 8;
    uint64_t newest;
    std::memcpy(&newest,
                bytes.data() + header.bytes.size()
                  - (x.archives.size() - i) * rrd_layout::pointer_size,
                sizeof(newest));
    auto length = x.step * x.archives[i].steps;
    auto end = header.last_update - header.last_update % length;
    std::map<int64_t, double> result;
    auto rows = x.archives[i].rows;
    for (uint64_t age = 0; age < rows; ++age) {
      auto row = (newest + rows - age) % rows;
      std::memcpy(&result[end - static_cast<int64_t>(age) * length],
                  bytes.data() + begin + (row * width + source) * 8, 8);
    }
    return result;
  }

  std::mt19937_64 random{7};
};

/// Values of which some are unknown.
std::vector<double>
some_values(std::mt19937_64& random, size_t n, unsigned unknown_in) {
  std::vector<double> result;
  for (size_t i = 0; i < n; ++i)
    result.push_back(unknown_in > 0 && random() % unknown_in == 0
                       ? none
                       : static_cast<double>(random() % 1000) / 8);
  return result;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(rrd_reshape_tests, reshape_fixture)

CAF_TEST(a file that keeps its shape keeps all rows and goes on the same) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    random_case x{seed};
    auto definition = std::make_shared<file_definition>(x.definition());
    auto batch = x.batch();
    write("a", batch, definition);
    if (!std::filesystem::exists(file("a")))
      continue;
    std::filesystem::copy_file(
      file("a"), file("b"), std::filesystem::copy_options::overwrite_existing);
    reshape("b", *definition);
    for (auto more = 0; more < 2; ++more) {
      for (size_t i = 0; i < definition->archives.size(); ++i)
        for (size_t j = 0; j < definition->sources.size(); ++j) {
          auto before = archive("a", i, j);
          auto after = archive("b", i, j);
          CAF_REQUIRE(std::equal(before.begin(), before.end(), after.begin(),
                                 after.end(), [](auto& p, auto& q) {
                                   return p.first == q.first
                                          && same(p.second, q.second);
                                 }));
        }
      auto next = x.batch();
      write("a", next, definition);
      write("b", next, definition);
    }
    std::filesystem::remove(file("a"));
    std::filesystem::remove(file("b"));
  }
}

CAF_TEST(a coarser step has the averages of the finer rows) {
  for (auto round = 0; round < 50; ++round) {
    auto fine
      = make_definition({make_source("value")}, 10, {{average, 0.5, 1, 400}});
    auto values = some_values(random, 300 + random() % 7, 4);
    auto first = t0 + static_cast<int64_t>(random() % 6) * 10;
    write("a", rows(first, values), fine);
    auto steps = static_cast<int64_t>(2 + random() % 5);
    auto coarse = make_definition({make_source("value")}, 10 * steps,
                                  {{average, 0.5, 1, 100},
                                   {consolidation::min, 0.5, 2, 40},
                                   {consolidation::max, 0, 3, 30},
                                   {consolidation::last, 0.9, 4, 20}});
    // Only the rows that the finer file has, some of which are unknown.
    auto points = archive("a", 0);
    reshape("a", *coarse);
    for (size_t i = 0; i < coarse->archives.size(); ++i) {
      auto& x = coarse->archives[i];
      auto length = coarse->step * x.steps;
      auto found = archive("a", i);
      CAF_REQUIRE_EQUAL(found.size(), x.rows);
      for (auto& [end, value] : found) {
        double sum = 0, least = 1e9, most = -1e9, last = none;
        auto known = 0, all = 0;
        for (auto t = end - length + 10; t <= end; t += 10, ++all) {
          auto point = points.find(t);
          if (point == points.end() || std::isnan(point->second))
            continue;
          ++known;
          sum += point->second;
          least = std::min(least, point->second);
          most = std::max(most, point->second);
          last = point->second;
        }
        auto expected = none;
        if (known > 0 && all - known <= x.xff * all + 1e-9)
          expected = i == 0   ? sum / known
                     : i == 1 ? least
                     : i == 2 ? most
                              : last;
        CAF_REQUIRE(same(value, expected, 1e-12));
      }
    }
    std::filesystem::remove(file("a"));
  }
}

CAF_TEST(a finer step repeats the rows) {
  auto coarse = make_definition({make_source("value")}, 60,
                                {{average, 0.5, 1, 20},
                                 {consolidation::max, 0.5, 5, 10}});
  std::vector<double> values;
  for (auto i = 0; i < 40; ++i)
    values.push_back(i == 35 ? none : i);
  write("a", rows(t0, values, 60), coarse);
  auto before = archive("a", 0);
  auto maxima = archive("a", 1);
  auto fine = make_definition({make_source("value")}, 10,
                              {{average, 0.5, 1, 200},
                               {consolidation::max, 0.5, 6, 30},
                               {consolidation::max, 0.5, 30, 10},
                               {consolidation::last, 0.5, 3, 20}});
  reshape("a", *fine);
  auto up
    = [](int64_t t, int64_t step) { return (t + step - 1) / step * step; };
  for (auto& [end, value] : archive("a", 0)) {
    auto i = before.find(up(end, 60));
    CAF_REQUIRE(same(value, i == before.end() ? none : i->second));
  }
  CAF_MESSAGE("rows of one step are the same for all functions");
  for (auto& [end, value] : archive("a", 1)) {
    auto i = before.find(end);
    auto j = maxima.find(up(end, 300));
    CAF_REQUIRE(same(value, i != before.end()   ? i->second
                            : j != maxima.end() ? j->second
                                                : none));
  }
  CAF_CHECK(archive("a", 2) == maxima
            || same(archive("a", 2).begin()->second, maxima.begin()->second));
  for (auto& [end, value] : archive("a", 3))
    CAF_REQUIRE(same(value, before[up(end, 60)]));
}

CAF_TEST(coarse rows continue where the fine ones end) {
  auto own = make_definition({make_source("value")}, 10,
                             {{average, 0.5, 1, 12}, {average, 0.5, 6, 100}});
  write("a", rows(t0, some_values(random, 600, 0)), own);
  auto fine = archive("a", 0);
  auto coarse = archive("a", 1);
  auto longer
    = make_definition({make_source("value")}, 10, {{average, 0.5, 1, 300}});
  reshape("a", *longer);
  for (auto& [end, value] : archive("a", 0)) {
    auto i = fine.find(end);
    CAF_REQUIRE(
      same(value, i != fine.end() ? i->second : coarse[(end + 59) / 60 * 60]));
  }
}

CAF_TEST(sources are matched by name and type) {
  auto own = make_definition({make_source("a"), make_source("gone"),
                              make_source("c", source_type::counter),
                              make_source("d", source_type::derive)});
  row_block x;
  for (auto i = 0; i < 20; ++i) {
    x.times.push_back(t0 + i * 10);
    x.cells.push_back(number(i));
    x.cells.push_back(number(-1));
    x.cells.push_back({value_bits::of(uint64_t{100} * static_cast<uint64_t>(i)), true});
    x.cells.push_back({value_bits::of(int64_t{50} * i), true});
  }
  write("f", x, own);
  auto before = header_of(file("f"));
  auto wanted = make_definition({make_source("new"), make_source("d"),
                                 make_source("c", source_type::derive),
                                 make_source("a")});
  auto of_a = archive("f", 0, 0);
  auto of_c = archive("f", 0, 2);
  reshape("f", *wanted);
  for (size_t i = 0; i < 3; ++i) {
    for (auto& [end, value] : archive("f", i, 0))
      CAF_REQUIRE(std::isnan(value));
    for (auto& [end, value] : archive("f", i, 1))
      CAF_REQUIRE(std::isnan(value)); // a GAUGE is no rate
  }
  for (auto& [end, value] : archive("f", 0, 3))
    CAF_REQUIRE(same(value, of_a[end]));
  CAF_MESSAGE("rates are rates");
  for (auto& [end, value] : archive("f", 0, 2))
    CAF_REQUIRE(same(value, of_c[end]));
  CAF_CHECK_EQUAL(header_of(file("f")).last_update, before.last_update);
}

CAF_TEST(a reshaped file goes on like one that had the shape all along) {
  for (auto round = 0; round < 60; ++round) {
    // Steps that do and do not divide each other.
    int64_t from = round % 3 == 0 ? 10 : round % 3 == 1 ? 15 : 20;
    int64_t to = round % 4 == 0 ? 10 : round % 4 == 1 ? 60 : 30;
    std::vector<source_definition> sources{
      make_source("g"), make_source("c", source_type::counter)};
    for (auto& x : sources)
      x.heartbeat = 600;
    auto own = make_definition(sources, from,
                               {{average, 0.5, 1, 2000},
                                {consolidation::max, 0.5, 4, 500}});
    auto wanted = make_definition(sources, to,
                                  {{average, 0.5, 1, 1000},
                                   {average, 0.5, 6, 200},
                                   {consolidation::min, 0.5, 4, 200}});
    uint64_t count = 0;
    auto t = t0;
    auto batch = [&](int n) {
      row_block x;
      for (auto i = 0; i < n; ++i) {
        x.times.push_back(t);
        x.milliseconds.push_back(static_cast<uint16_t>(random() % 1000));
        count += random() % 1000;
        x.cells.push_back(number(static_cast<double>(random() % 100)));
        x.cells.push_back({value_bits::of(count), true});
        // Steps that have one value each lose nothing when they are cut.
        t += static_cast<int64_t>(1 + random() % 9);
      }
      return x;
    };
    auto first = batch(100);
    write("a", first, own);
    write("b", first, wanted);
    reshape("a", *wanted);
    auto reshaped_at = header_of(file("a")).last_update;
    auto more = batch(200);
    write("a", more, wanted);
    write("b", more, wanted);
    for (size_t i = 0; i < 3; ++i)
      for (size_t j = 0; j < 2; ++j) {
        auto length = wanted->step * wanted->archives[i].steps;
        // Averages of finer steps are those of the coarser one, the least is
        // not. The files begin in the middle of a row.
        auto exact = to % from == 0 && (i < 2 || to == from);
        auto begin = exact ? t0 + 2 * to : reshaped_at;
        auto expected = archive("b", i, j);
        for (auto& [end, value] : archive("a", i, j))
          if (end - length >= begin)
            CAF_REQUIRE(same(value, expected[end], 1e-9));
      }
    CAF_CHECK_EQUAL(header_of(file("a")).last_microtime(),
                    header_of(file("b")).last_microtime());
    std::filesystem::remove(file("a"));
    std::filesystem::remove(file("b"));
  }
}

CAF_TEST(limits that are left open are kept) {
  auto source = make_source("value");
  source.min = -5;
  source.max = 50;
  write("a", rows(t0, {1, 2}), make_definition({source}));
  source.min = none;
  source.max = 70;
  reshape("a", *make_definition({source}, 20));
  auto tuned = header_of(file("a")).definition.sources[0];
  CAF_CHECK_EQUAL(tuned.min, -5);
  CAF_CHECK_EQUAL(tuned.max, 70);
  CAF_CHECK_EQUAL(tuned.heartbeat, 40);
}

CAF_TEST(librrd takes what comes out) {
  for (auto step : {5, 10, 25, 60}) {
    write("a", rows(t0, some_values(random, 90, 5)));
    auto wanted
      = make_definition({make_source("value"), make_source("more")}, step);
    reshape("a", *wanted);
    auto out = rrdflow::test::run("rrdtool dump " + file("a"));
    CAF_CHECK(out.find("<step>" + std::to_string(step)) != out.npos);
    auto t = std::to_string(t0 + 2000);
    CAF_CHECK_EQUAL(
      rrdflow::test::run("rrdtool update " + file("a") + ' ' + t + ":1:2"), "");
    std::filesystem::remove(file("a"));
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
