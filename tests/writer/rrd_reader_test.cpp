#define CAF_SUITE rrd_reader

#include "actors/writer/rrd_reader.hpp"
#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

#include <sys/resource.h>

#include <random>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

constexpr int64_t newest = 1700000000;
constexpr int64_t day = 86400;
constexpr uint64_t most_points = 100000;

/// Of 10 s for a day, 60 s for a week, an hour for two years.
file_definition three_archives() {
  file_definition result;
  for (auto& [steps, rows] :
       {std::pair{1u, 8640u}, {6u, 10080u}, {360u, 17520u}})
    result.archives.push_back({consolidation::average, 0.5, steps, rows});
  return result;
}

read_request request_from(int64_t from, int64_t to = newest) {
  read_request result;
  result.from = from;
  result.to = to;
  result.max_points = most_points;
  return result;
}

/// -1: refused.
int64_t bounded(int64_t from, int64_t wanted, const file_definition& x,
                int64_t to = newest) {
  auto request = request_from(from, to);
  request.resolution = wanted;
  auto result = bounded_resolution(x, newest, request);
  return result ? *result : -1;
}

struct reader_fixture : store_fixture {
  fetch_result read(const read_request& x) {
    auto result = engine->read(x);
    if (!result)
      CAF_FAIL(explain(result.error()));
    return std::move(result->front());
  }

  read_request request(const std::string& path, int64_t from, int64_t to,
                       consolidation function = consolidation::average,
                       int64_t resolution = 0) {
    read_request result;
    result.file = id(path);
    result.from = from;
    result.to = to;
    result.functions = {function};
    result.resolution = resolution;
    return result;
  }

  static waiting_rows
  waits(row_block x, definition_ptr definition = one_gauge()) {
    return {true, std::move(definition), std::move(x)};
  }

  file_copy copy(const std::string& path) {
    auto result = engine->copy(id(path));
    if (!result)
      CAF_FAIL(explain(result.error()));
    return std::move(*result);
  }

  caf::error no_copy(const std::string& path) {
    auto result = engine->copy(id(path));
    return result ? caf::error{} : std::move(result.error());
  }

  /// As `rrdtool fetch` prints it, without the heading.
  std::string print(const fetch_result& x) {
    std::string result;
    auto n = x.sources.size();
    for (size_t i = 0; i < x.values.size() / n; ++i) {
      char text[64];
      std::snprintf(text, sizeof(text),
                    "%10ld:", x.start + static_cast<int64_t>(i + 1) * x.step);
      result += text;
      for (size_t j = 0; j < n; ++j) {
        std::snprintf(text, sizeof(text), " %0.10e", x.values[i * n + j]);
        result += text;
      }
      result += '\n';
    }
    return result;
  }

  std::string rrdtool(const std::string& path, const read_request& x) {
    auto command = "rrdtool fetch " + file(path) + ' '
                   + to_string(x.functions[0]) + " -s " + std::to_string(x.from)
                   + " -e " + std::to_string(x.to);
    if (x.resolution > 0)
      command += " -r " + std::to_string(x.resolution);
    auto result = rrdflow::test::run(command);
    return result.substr(result.find("\n\n") + 2);
  }

  double last_known(const fetch_result& x) {
    for (auto i = x.values.size(); i > 0; --i)
      if (!std::isnan(x.values[i - 1]))
        return x.values[i - 1];
    return -1;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(rrd_reader_tests, reader_fixture)

CAF_TEST(reading gives what rrdtool fetch gives) {
  std::vector<double> values;
  for (auto i = 0; i < 400; ++i)
    values.push_back(i % 17 * 1.5);
  write("a", rows(t0, values));
  std::mt19937 random{42};
  for (auto i = 0; i < 60; ++i) {
    auto from = t0 + static_cast<int64_t>(random() % 5000) - 500;
    auto to = from + static_cast<int64_t>(random() % 2000);
    auto cf = random() % 3 ? consolidation::average : consolidation::max;
    const int64_t resolutions[] = {0, 10, 60, 100, 300, 86400};
    auto x = request("a", from, to, cf, resolutions[random() % 6]);
    CAF_REQUIRE_EQUAL(print(read(x)), rrdtool("a", x));
  }
}

CAF_TEST(the archive is the one that librrd chooses) {
  write("a", rows(t0, std::vector<double>(400, 1)));
  auto header = header_of(file("a"));
  std::mt19937 random{43};
  for (auto i = 0; i < 300; ++i) {
    auto from = t0 + static_cast<int64_t>(random() % 5000) - 500;
    auto to = from + static_cast<int64_t>(random() % 6000);
    auto cf = static_cast<consolidation>(random() % 4);
    auto x = request("a", from, to, cf, static_cast<int64_t>(random() % 400));
    auto archive = choose_archive(header.definition, header.last_update, cf,
                                  from, to, x.resolution);
    CAF_REQUIRE(archive >= 0);
    CAF_REQUIRE_EQUAL(
      read(x).step,
      10 * header.definition.archives[static_cast<size_t>(archive)].steps);
  }
}

CAF_TEST(waiting rows show as if they were written and are not ) {
  write("a", rows(t0, {1, 2, 3}));
  auto before = slurp(file("a"));
  for (auto cf : {consolidation::average, consolidation::max}) {
    auto x = request("a", t0 - 100, t0 + 200, cf);
    x.waiting = waits(rows(t0 + 10, {9, 9, 4, 5, 6}));
    auto seen = print(read(x));
    CAF_CHECK(slurp(file("a")) == before);
    std::filesystem::copy_file(
      file("a"), store + "/rrd/copy.rrd",
      std::filesystem::copy_options::overwrite_existing);
    write("copy", x.waiting.rows);
    CAF_CHECK_EQUAL(seen, rrdtool("copy", x));
    CAF_CHECK(seen.find("1700006450: 6.0000000000e+00") != std::string::npos);
    CAF_CHECK(seen.find("9.0") == std::string::npos);
  }
}

CAF_TEST(what only librrd can update is read from a copy) {
  auto definition
    = make_definition({make_source("value", source_type::dcounter)});
  write("a", rows(t0, {1, 20, 300}), definition);
  auto before = slurp(file("a"));
  auto x = request("a", t0 - 100, t0 + 200);
  x.waiting = waits(rows(t0 + 30, {4000, 50000}), definition);
  auto seen = print(read(x));
  CAF_CHECK(slurp(file("a")) == before);
  write("a", x.waiting.rows, definition);
  CAF_CHECK_EQUAL(seen, rrdtool("a", x));
  CAF_MESSAGE("without a file");
  x.file = id("none");
  x.waiting.rows = rows(t0, {1, 20, 300});
  seen = print(read(x));
  write("none", x.waiting.rows, definition);
  CAF_CHECK_EQUAL(seen, rrdtool("none", x));
}

CAF_TEST(all functions are answered at once) {
  write("a", rows(t0, std::vector<double>(100, 1)));
  auto x = request("a", t0, t0 + 600, consolidation::max, 60);
  x.functions.push_back(consolidation::last);
  x.functions.push_back(consolidation::average);
  auto results = engine->read(x);
  CAF_REQUIRE(results);
  CAF_REQUIRE_EQUAL(results->size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    auto alone = x;
    alone.functions = {x.functions[i]};
    CAF_CHECK_EQUAL(print((*results)[i]), print(read(alone)));
  }
  CAF_MESSAGE("a function without an archive says nothing");
  auto definition = make_definition({make_source("value")}, 10,
                                    {{consolidation::max, 0.5, 6, 20}});
  write("b", rows(t0, {1, 2}), definition);
  x.file = id("b");
  results = engine->read(x);
  CAF_REQUIRE(results);
  CAF_CHECK_EQUAL((*results)[0].step, 60);
  CAF_CHECK_EQUAL((*results)[1].step, 0);
  x.functions = {consolidation::last};
  results = engine->read(x);
  CAF_REQUIRE(!results);
  CAF_CHECK(results.error() == ec::bad_request);
}

CAF_TEST(waiting rows that the file has change nothing) {
  write("a", rows(t0, {1, 2, 3}));
  auto x = request("a", t0 - 100, t0 + 200);
  auto without = print(read(x));
  x.waiting = waits(rows(t0, {7, 7, 7}));
  CAF_CHECK_EQUAL(print(read(x)), without);
}

CAF_TEST(a range that fits leaves the resolution alone) {
  CAF_CHECK_EQUAL(bounded(newest - 3600, 0, three_archives()), 0);
  CAF_CHECK_EQUAL(bounded(newest - 3600, 4, three_archives()), 4);
  CAF_CHECK_EQUAL(
    bounded(newest - 10 * int64_t{most_points}, 0, three_archives()), 0);
}

CAF_TEST(a long range comes from a coarser archive) {
  CAF_CHECK_EQUAL(bounded(newest - 30 * day, 0, three_archives()), 60);
  CAF_CHECK_EQUAL(bounded(newest - 30 * day, 3000, three_archives()), 3600);
  CAF_CHECK_EQUAL(bounded(newest - 730 * day, 0, three_archives()), 3600);
  CAF_MESSAGE("a wish coarser than any archive");
  CAF_CHECK_EQUAL(bounded(newest - 365 * day, 86400, three_archives()), 3600);
}

CAF_TEST(a range that would cost too much is refused) {
  CAF_CHECK_EQUAL(bounded(0, 0, three_archives()), -1);
  CAF_CHECK_EQUAL(bounded(newest - 3600, 0, three_archives(), 253402300799),
                  -1);
  CAF_MESSAGE("librrd would take the finer archive, which reaches further");
  auto odd = three_archives();
  odd.archives[0].rows = 100000000;
  CAF_CHECK_EQUAL(bounded(newest - 2000 * day, 3600, odd), -1);
  CAF_CHECK_EQUAL(bounded(newest - 700 * day, 3600, odd), 3600);
}

CAF_TEST(a function that no archive has is refused) {
  auto x = request_from(newest - 3600);
  x.functions = {consolidation::max};
  CAF_MESSAGE("librrd takes the finest archive for any function");
  CAF_CHECK(bounded_resolution(three_archives(), newest, x));
  auto coarse = three_archives();
  coarse.archives.erase(coarse.archives.begin());
  auto result = bounded_resolution(coarse, newest, x);
  CAF_REQUIRE(!result);
  CAF_CHECK(result.error() == ec::bad_request);
}

CAF_TEST(a file that is not there yet can be read) {
  auto x = request("n/new", t0 - 100, t0 + 200);
  auto none = engine->read(x);
  CAF_REQUIRE(!none);
  CAF_CHECK(none.error() == ec::not_found);
  x.waiting = waits(rows(t0, {1, 2}));
  auto seen = print(read(x));
  CAF_CHECK(!std::filesystem::exists(store + "/rrd/n"));
  CAF_CHECK(std::filesystem::is_empty(store + "/rrd/.new"));
  write("n/new", x.waiting.rows);
  CAF_CHECK_EQUAL(seen, rrdtool("n/new", x));
}

CAF_TEST(a new heartbeat counts for waiting rows only) {
  write("a", rows(t0, {1}));
  auto patient = make_source("value");
  patient.heartbeat = 1000;
  auto x = request("a", t0, t0 + 200);
  x.waiting = waits(rows(t0 + 100, {8}));
  CAF_CHECK_EQUAL(last_known(read(x)), -1); // the gap is too long
  x.waiting.definition = make_definition({patient});
  CAF_CHECK_EQUAL(last_known(read(x)), 8);
  CAF_CHECK(header_of(file("a")).definition.sources[0].heartbeat == 20);
}

CAF_TEST(senseless questions are refused) {
  write("a", rows(t0, {1}));
  auto refused = [&](read_request x, ec code) {
    auto result = engine->read(x);
    return !result && result.error() == code;
  };
  CAF_CHECK(refused(request("a", -5, t0), ec::bad_request));
  CAF_CHECK(refused(request("a", t0, t0 - 1), ec::bad_request));
  CAF_CHECK(refused(request("a", 0, INT64_MAX), ec::bad_request));
  CAF_CHECK(refused(request("a", t0, t0 + (1ll << 39)), ec::bad_request));
  spill(file("a"), "garbage");
  CAF_CHECK(refused(request("a", t0, t0 + 10), ec::damaged));
  CAF_CHECK_EQUAL(slurp(file("a")), "garbage");
  std::filesystem::create_symlink("/etc/passwd", file("link"));
  CAF_CHECK(refused(request("link", t0, t0 + 10), ec::io_failed));
}

CAF_TEST(files are described without being touched) {
  write("a", rows(t0, {1}));
  write("d", rows(t0, {1}));
  spill(file("d"), "garbage");
  std::filesystem::create_directories(file("folder"));
  auto found = engine->describe({id("a"), id("none"), id("d"), id("folder")});
  CAF_REQUIRE(found);
  auto& infos = *found;
  CAF_REQUIRE_EQUAL(infos.size(), 4u);
  CAF_CHECK(infos[0].exists);
  CAF_CHECK_EQUAL(infos[0].error, "");
  CAF_CHECK_EQUAL(infos[0].last_update, t0);
  CAF_REQUIRE(infos[0].definition);
  CAF_CHECK(*infos[0].definition == *one_gauge());
  CAF_CHECK(!infos[1].exists);
  CAF_CHECK(infos[2].exists);
  CAF_CHECK(infos[2].damaged);
  CAF_CHECK(!infos[2].definition);
  CAF_CHECK(infos[3].exists);
  CAF_CHECK(!infos[3].damaged);
  CAF_CHECK(!infos[3].error.empty());
  CAF_CHECK_EQUAL(slurp(file("d")), "garbage");
}

CAF_TEST(a file that cannot be opened now is not described) {
  write("a", rows(t0, {1}));
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  auto none = before;
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_NOFILE, &none);
  auto infos = engine->describe({id("a")});
  ::setrlimit(RLIMIT_NOFILE, &before);
  CAF_REQUIRE(!infos);
  CAF_CHECK_EQUAL(explain(infos.error()), "a.rrd: Too many open files");
  CAF_CHECK(engine->describe({id("a")}));
}

CAF_TEST(removing deletes files and nothing else) {
  write("p/a", rows(t0, {1}));
  std::filesystem::create_directories(file("p/folder"));
  CAF_CHECK(!engine->remove({id("p/a"), id("none")}));
  CAF_CHECK(!std::filesystem::exists(file("p/a")));
  CAF_CHECK(engine->remove({id("p/folder")}));
  CAF_CHECK(std::filesystem::exists(file("p/folder")));
}

CAF_TEST(a copy is the file) {
  write("hall=201/temp", rows(t0, {1, 2, 3}));
  auto x = copy("hall=201/temp");
  CAF_CHECK(*x.bytes == slurp(file("hall=201/temp")));
  CAF_CHECK_EQUAL(x.last_update, t0 + 20);
  CAF_CHECK_EQUAL(x.tag.size(), 32u);
  CAF_CHECK_EQUAL(copy("hall=201/temp").tag, x.tag);
}

CAF_TEST(a copy stays what it is and its tag tells it from others) {
  write("a", rows(t0, {1, 2, 3}));
  auto before = copy("a");
  auto bytes = *before.bytes;
  write("a", rows(t0 + 30, {4}));
  auto after = copy("a");
  CAF_CHECK(*before.bytes == bytes);
  CAF_CHECK(*after.bytes == slurp(file("a")));
  CAF_CHECK_NOT_EQUAL(before.tag, after.tag);
  CAF_CHECK_EQUAL(after.last_update, t0 + 30);
}

CAF_TEST(a reader of the browser takes what is written) {
  write("a", rows(t0, {1}));
  // javascriptRRD knows the versions 0001, 0003 and 0004.
  CAF_CHECK_EQUAL(copy("a").bytes->substr(0, 9),
                  std::string("RRD\0000003\0", 9));
}

CAF_TEST(what is no sound file is not handed over) {
  CAF_CHECK(no_copy("none") == ec::not_found);
  write("a", rows(t0, {1}));
  auto bytes = slurp(file("a"));
  spill(file("a"), bytes.substr(0, bytes.size() / 2));
  CAF_CHECK(no_copy("a") == ec::damaged);
  spill(file("a"), "");
  CAF_CHECK(no_copy("a") == ec::damaged);
  std::filesystem::remove(file("a"));
  std::filesystem::create_symlink("/etc/passwd", file("a"));
  CAF_CHECK(no_copy("a") == ec::io_failed);
  std::filesystem::remove(file("a"));
  std::filesystem::create_directory(file("a"));
  CAF_CHECK(no_copy("a") == ec::io_failed);
}

CAF_TEST(a file that is too large is not handed over) {
  write("a", rows(t0, {1}));
  std::filesystem::resize_file(file("a"), max_handed_size + 1);
  CAF_CHECK(no_copy("a") == ec::too_large);
}

CAF_TEST_FIXTURE_SCOPE_END()
