#define CAF_SUITE rrd_reader

#include "actors/writer/rrd_reader.hpp"
#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

#include <sys/resource.h>

#include <random>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct reader_fixture : store_fixture {
  fetch_result read(read_job job) {
    auto result = engine->read(job);
    if (!result)
      CAF_FAIL(explain(result.error()));
    return std::move(*result);
  }

  read_job
  job(const std::string& path, int64_t from, int64_t to,
      consolidation function = consolidation::average, int64_t resolution = 0) {
    return {id(path), gauge(), {}, from, to, function, resolution};
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

  std::string rrdtool(const std::string& path, const read_job& x) {
    auto command = "rrdtool fetch " + file(path) + ' ' + to_string(x.function)
                   + " -s " + std::to_string(x.from) + " -e "
                   + std::to_string(x.to);
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
    auto x = job("a", from, to, cf, resolutions[random() % 6]);
    CAF_REQUIRE_EQUAL(print(read(x)), rrdtool("a", x));
  }
}

CAF_TEST(the archive is known before librrd chooses it) {
  write("a", rows(t0, std::vector<double>(400, 1)));
  auto header = header_of(file("a"));
  std::mt19937 random{43};
  for (auto i = 0; i < 300; ++i) {
    auto from = t0 + static_cast<int64_t>(random() % 5000) - 500;
    auto to = from + static_cast<int64_t>(random() % 6000);
    auto cf = static_cast<consolidation>(random() % 4);
    auto x = job("a", from, to, cf, static_cast<int64_t>(random() % 400));
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
    auto x = job("a", t0 - 100, t0 + 200, cf);
    x.waiting = rows(t0 + 10, {9, 9, 4, 5, 6});
    auto seen = print(read(x));
    CAF_CHECK(slurp(file("a")) == before);
    std::filesystem::copy_file(
      file("a"), store + "/rrd/copy.rrd",
      std::filesystem::copy_options::overwrite_existing);
    write("copy", x.waiting);
    CAF_CHECK_EQUAL(seen, rrdtool("copy", x));
    CAF_CHECK(seen.find("1700006450: 6.0000000000e+00") != std::string::npos);
    CAF_CHECK(seen.find("9.0") == std::string::npos);
  }
}

CAF_TEST(waiting rows that the file has change nothing) {
  write("a", rows(t0, {1, 2, 3}));
  auto x = job("a", t0 - 100, t0 + 200);
  auto without = print(read(x));
  x.waiting = rows(t0, {7, 7, 7});
  CAF_CHECK_EQUAL(print(read(x)), without);
}

CAF_TEST(a file that is not there yet can be read) {
  auto x = job("n/new", t0 - 100, t0 + 200);
  auto none = engine->read(x);
  CAF_REQUIRE(!none);
  CAF_CHECK(none.error() == ec::not_found);
  x.waiting = rows(t0, {1, 2});
  auto seen = print(read(x));
  CAF_CHECK(!std::filesystem::exists(store + "/rrd/n"));
  CAF_CHECK(std::filesystem::is_empty(store + "/rrd/.new"));
  write("n/new", x.waiting);
  CAF_CHECK_EQUAL(seen, rrdtool("n/new", x));
}

CAF_TEST(a new heartbeat counts for waiting rows only) {
  write("a", rows(t0, {1}));
  auto patient = make_source("value");
  patient.heartbeat = 1000;
  auto x = job("a", t0, t0 + 200);
  x.waiting = rows(t0 + 100, {8});
  CAF_CHECK_EQUAL(last_known(read(x)), -1); // the gap is too long
  x.definition = make_definition({patient});
  CAF_CHECK_EQUAL(last_known(read(x)), 8);
  CAF_CHECK(header_of(file("a")).definition.sources[0].heartbeat == 20);
}

CAF_TEST(senseless questions are refused) {
  write("a", rows(t0, {1}));
  auto refused = [&](read_job x, ec code) {
    auto result = engine->read(x);
    return !result && result.error() == code;
  };
  CAF_CHECK(refused(job("a", -5, t0), ec::bad_request));
  CAF_CHECK(refused(job("a", t0, t0 - 1), ec::bad_request));
  CAF_CHECK(refused(job("a", 0, INT64_MAX), ec::bad_request));
  CAF_CHECK(refused(job("a", t0, t0 + (1ll << 39)), ec::bad_request));
  spill(file("a"), "garbage");
  CAF_CHECK(refused(job("a", t0, t0 + 10), ec::damaged));
  CAF_CHECK_EQUAL(slurp(file("a")), "garbage");
  std::filesystem::create_symlink("/etc/passwd", file("link"));
  CAF_CHECK(refused(job("link", t0, t0 + 10), ec::io_failed));
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
  CAF_CHECK(*infos[0].definition == *gauge());
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

CAF_TEST_FIXTURE_SCOPE_END()
