#define CAF_SUITE killed_writer

// Kills a writer in the middle of its work, again and again, puts its files
// back to the last marker, writes the rows once more, and compares every value
// of every archive with a store that was not disturbed.

#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

definition_ptr six_archives() {
  static auto result = make_definition({make_source("value")}, 10,
                                       {{consolidation::average, 0.5, 1, 600},
                                        {consolidation::min, 0.5, 1, 600},
                                        {consolidation::max, 0.5, 1, 600},
                                        {consolidation::average, 0.5, 6, 200},
                                        {consolidation::min, 0.5, 6, 200},
                                        {consolidation::max, 0.5, 6, 200}});
  return result;
}

constexpr int files = 3;

std::string path_of(int file) {
  return "f" + std::to_string(file);
}

/// The row number `i` of a file.
row_block row(int file, int64_t i) {
  return rows(t0 + i * 10, {static_cast<double>(i * (file + 1))});
}

struct kill_fixture {
  kill_fixture() {
    for (auto x : {&victim, &witness}) {
      x->settings.undo_log = true;
      for (auto i = 0; i < files; ++i)
        x->id(path_of(i));
    }
  }

  /// Writes rows (from, to] of all files, row by row.
  static void write(store_fixture& x, int64_t from, int64_t to) {
    for (auto i = from + 1; i <= to; ++i) {
      std::vector<write_job> jobs;
      for (auto f = 0; f < files; ++f)
        jobs.push_back({x.id(path_of(f)), six_archives(), row(f, i), false});
      auto result = x.engine->write(jobs);
      if (!result)
        throw std::runtime_error(explain(result.error()));
    }
  }

  /// A writer at full rate, which is killed some milliseconds after its start.
  void run_and_kill(int64_t from) {
    int started[2];
    if (::pipe(started) != 0)
      throw std::runtime_error("pipe");
    auto child = ::fork();
    if (child == 0) {
      victim.restart();
      // Not each round gets beyond its first row.
      if (random() % 8 != 0)
        write(victim, from, from + 1);
      if (::write(started[1], "x", 1) != 1)
        ::_exit(1);
      write(victim, from, INT64_MAX);
      ::_exit(0);
    }
    char ignored;
    if (::read(started[0], &ignored, 1) != 1)
      throw std::runtime_error("the child died");
    ::close(started[0]);
    ::close(started[1]);
    ::usleep(3000 + static_cast<useconds_t>(random() % 6000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }

  /// A start that is killed as well.
  void put_back_and_kill(uint64_t marker) {
    auto child = ::fork();
    if (child == 0) {
      rollback(victim.store, marker);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(random() % 1000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }

  /// The number of the newest row in any of the files, at least `at_least`.
  int64_t newest(int64_t at_least) {
    for (auto f = 0; f < files; ++f)
      if (auto header = header_of(victim.file(path_of(f))))
        at_least = std::max(at_least, (header.last_update - t0) / 10);
    return at_least;
  }

  /// Whether all values of the two stores are the same.
  bool same(int64_t upto) {
    for (auto f = 0; f < files; ++f)
      for (auto function :
           {consolidation::average, consolidation::min, consolidation::max})
        for (int64_t resolution : {10, 60}) {
          auto to = t0 + upto * 10;
          read_request request;
          request.file = victim.id(path_of(f));
          request.from = to - resolution * 190;
          request.to = to;
          request.functions = {function};
          request.resolution = resolution;
          auto found = victim.engine->read(request);
          auto expected = witness.engine->read(request);
          if (!found || !expected)
            return false;
          auto& x = found->front();
          auto& y = expected->front();
          if (x.step != resolution || x.values.size() != y.values.size())
            return false;
          for (size_t i = 0; i < x.values.size(); ++i)
            if (std::isnan(x.values[i]) != std::isnan(y.values[i])
                || (!std::isnan(x.values[i]) && x.values[i] != y.values[i]))
              return false;
        }
    return true;
  }

  /// In memory, if possible: only processes die here, and syncs cost nothing.
  std::string folder
    = std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp";

  store_fixture victim{folder};
  store_fixture witness{folder};
  std::mt19937 random{99};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(killed_writer_tests, kill_fixture)

// The control, without undo logs, is in tests/faults/kill_writer.py.
CAF_TEST(a killed writer shifts no row) {
  int64_t at = 0; // the newest row before the marker
  uint64_t marker = 0;
  uint64_t headers = 0;
  uint64_t deleted = 0;
  for (auto round = 0; round < 100; ++round) {
    victim.settings.marker = marker;
    run_and_kill(at);
    auto reached = newest(at);
    if (round % 3 == 0)
      put_back_and_kill(marker);
    auto back = rollback(victim.store, marker);
    CAF_REQUIRE(back);
    CAF_REQUIRE(!sweep_new_files(victim.store));
    CAF_REQUIRE(back->left_alone.empty());
    headers += back->headers;
    deleted += back->deleted;
    CAF_REQUIRE(round == 0 || newest(at) == at);
    victim.restart();
    write(victim, at, reached + 1);
    write(witness, at, reached + 1);
    at = reached + 1;
    CAF_REQUIRE(same(at));
    ++marker;
    CAF_REQUIRE(!drop_undo_logs(victim.store, marker));
  }
  CAF_MESSAGE(at << " rows, " << headers << " headers put back, " << deleted
                 << " new files deleted");
  CAF_CHECK(headers > 100);
  for (auto f = 0; f < files; ++f)
    CAF_CHECK(
      rrdflow::test::run("rrdtool dump " + victim.file(path_of(f)))
      == rrdflow::test::run("rrdtool dump " + witness.file(path_of(f))));
}

CAF_TEST_FIXTURE_SCOPE_END()
