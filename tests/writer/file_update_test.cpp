#define CAF_SUITE file_update

// How rows get into a file without librrd, and what a write that fails in the
// middle leaves. The system refuses to write behind a certain byte
// (RLIMIT_FSIZE): what is before that gets written, as on a full disk.

#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct file_update_fixture : store_fixture {
  file_update_fixture() {
    write("x", rows(t0, {1, 2}), small());
    // librrd begins a new file's archives anywhere.
    std::filesystem::copy_file(file("x"), file("witness"));
    engine->marker(1);
    at_marker = header();
    // Now it is in the undo log, which children need not write.
    write("x", rows(t0 + 20, {3}), small());
    write("witness", rows(t0 + 20, {3}), small());
  }

  /// The rows of the second archive begin behind those of the first.
  static definition_ptr small() {
    static auto result = make_definition({make_source("value")}, 10,
                                         {{consolidation::average, 0.5, 1, 8},
                                          {consolidation::max, 0.5, 1, 8}});
    return result;
  }

  /// What `f` says in a child that cannot write behind `bytes` of any file.
  template <class F>
  int limited(size_t bytes, F f) {
    auto child = ::fork();
    if (child == 0) {
      ::signal(SIGXFSZ, SIG_IGN);
      rlimit limit{bytes, RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      ::_exit(f());
    }
    auto status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  /// Writes rows in such a child, where they fail.
  int fails(size_t bytes, const row_block& x) {
    return limited(bytes, [&] {
      auto out = write("x", x, small());
      return out.status == write_status::failed && out.written == 0
                 && out.last_update == (t0 + 20) * 1000
               ? 42
               : 1;
    });
  }

  std::string header() const {
    return header_of(file("x")).bytes;
  }

  bool same() const {
    return slurp(file("x")) == slurp(file("witness"));
  }

  std::string at_marker;
};

/// From here on nothing can be written.
void forbid_writes(int) {
  rlimit none{0, RLIM_INFINITY};
  ::setrlimit(RLIMIT_FSIZE, &none);
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(file_update_tests, file_update_fixture)

CAF_TEST(usual files are written without librrd) {
  CAF_CHECK_EQUAL(metric("updates_by_librrd_total"), 0);
  settings.own_rows = false;
  restart();
  write("x", rows(t0 + 30, {4}), small());
  CAF_CHECK_EQUAL(metric("updates_by_librrd_total"), 1);
  settings.own_rows = true;
  restart();
  write("witness", rows(t0 + 30, {4}), small());
  CAF_CHECK_EQUAL(metric("updates_by_librrd_total"), 0);
  CAF_CHECK(same());
}

CAF_TEST(unusual files are left to librrd) {
  auto unusual = [&](const std::string& path, const row_block& x,
                     definition_ptr definition) {
    auto before = metric("updates_by_librrd_total");
    CAF_CHECK_EQUAL(write(path, x, definition).written, x.times.size());
    return metric("updates_by_librrd_total") == before + 1;
  };
  CAF_CHECK(
    unusual("dc", rows(t0, {1}),
            make_definition({make_source("value", source_type::dcounter)})));
  CAF_CHECK(
    unusual("dd", rows(t0, {1}),
            make_definition({make_source("value", source_type::dderive)})));
  // More rows at once than are kept in memory.
  auto large = make_definition({make_source("value")}, 10,
                               {{consolidation::average, 0.5, 1, 1000000}});
  CAF_CHECK(!unusual("large", rows(t0, {1}), large));
  CAF_CHECK(unusual("large", rows(t0 + 8'000'000, {1}), large));
  // Another version of the format.
  auto bytes = slurp(file("x"));
  bytes[7] = '4';
  spill(file("x"), bytes);
  CAF_CHECK(unusual("x", rows(t0 + 30, {1}), small()));
}

CAF_TEST(rows go round their archives) {
  settings.own_rows = false;
  restart();
  auto all = rows(t0 + 30, {4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17});
  for (size_t i = 0; i < all.times.size(); ++i)
    write("witness", {{all.times[i]}, {all.cells[i]}}, small());
  settings.own_rows = true;
  restart();
  write("x", all, small());
  CAF_CHECK(same());
}

CAF_TEST(rows that cannot be written leave the header as it was) {
  // All places of both archives.
  auto more = rows(t0 + 30, {4, 5, 6, 7, 8, 9, 10, 11});
  auto before = header();
  auto begin = before.size();
  // Anywhere in the rows of both archives; some of them are written.
  for (size_t limit = begin; limit < begin + 16 * 8; limit += 4) {
    CAF_CHECK_EQUAL(fails(limit, more), 42);
    CAF_CHECK(header() == before);
    // The same is said again after another failure.
    CAF_CHECK_EQUAL(fails(limit, more), 42);
  }
  CAF_CHECK_EQUAL(write("x", more, small()).written, 8u);
  write("witness", more, small());
  CAF_CHECK(same());
}

CAF_TEST(a header that is half written is taken back) {
  // Within a step, hence no archive gets a row.
  row_block more{{t0 + 23}, {number(5)}};
  auto before = header();
  auto live = header_of(file("x")).live_begin;
  for (auto limit = live; limit < before.size(); limit += 4) {
    CAF_CHECK_EQUAL(fails(limit, more), 42);
    CAF_CHECK(header() == before);
  }
  write("x", more, small());
  write("witness", more, small());
  CAF_CHECK(same());
}

CAF_TEST(a torn header ends the writer and goes back to the marker) {
  row_block more{{t0 + 23}, {number(5)}};
  auto before = header();
  auto answer = limited(header_of(file("x")).live_begin + 4, [&] {
    ::signal(SIGXFSZ, forbid_writes);
    std::vector<write_job> jobs{{id("x"), small(), more, false}};
    auto out = engine->write(jobs);
    return !out && out.error() == ec::io_failed ? 42 : 1;
  });
  CAF_CHECK_EQUAL(answer, 42);
  CAF_CHECK(header() != before);
  auto back = rollback(store, 1);
  CAF_REQUIRE(back);
  CAF_CHECK_EQUAL(back->headers, 2u);
  CAF_CHECK(header() == at_marker);
}

CAF_TEST(files go back to the marker after writes that failed) {
  auto more = rows(t0 + 30, {4, 5, 6, 7, 8, 9, 10, 11});
  CAF_CHECK_EQUAL(fails(at_marker.size() + 40, more), 42);
  write("x", rows(t0 + 30, {4, 5}), small());
  auto back = rollback(store, 1);
  CAF_REQUIRE(back);
  CAF_CHECK(header() == at_marker);
  restart();
  // The same rows come again: where they were put, they belong.
  auto all = rows(t0 + 20, {3, 4, 5, 6, 7, 8, 9, 10, 11});
  CAF_CHECK_EQUAL(write("x", all, small()).written, 9u);
  write("witness", all, small());
  CAF_CHECK(same());
}

CAF_TEST_FIXTURE_SCOPE_END()
