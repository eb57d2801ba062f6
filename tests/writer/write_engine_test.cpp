#define CAF_SUITE write_engine

#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

#include <sys/wait.h>

#include <csignal>
#include <limits>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

constexpr auto unknown = std::numeric_limits<double>::quiet_NaN();

struct engine_fixture : store_fixture {
  /// Writes a row so that there is a file, and keeps a copy of it as it was
  /// before `x` was written.
  std::string reference(const std::string& path, const row_block& x,
                        definition_ptr definition) {
    auto copy = store + "/reference.rrd";
    row_block first;
    first.times = {x.times.front() - definition->step};
    first.cells.resize(definition->sources.size());
    CAF_REQUIRE_EQUAL(write(path, first, definition).written, 1u);
    std::filesystem::copy_file(
      file(path), copy, std::filesystem::copy_options::overwrite_existing);
    return copy;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(write_engine_tests, engine_fixture)

CAF_TEST(a new file starts one step before its first row) {
  auto x = write("plant/hall/temp", rows(t0, {1, 2, 3}));
  CAF_CHECK_EQUAL(x.status, write_status::done);
  CAF_CHECK_EQUAL(x.error, "");
  CAF_CHECK_EQUAL(x.written, 3u);
  CAF_CHECK_EQUAL(x.last_update, (t0 + 20) * 1000);
  auto out = run("rrdtool fetch " + file("plant/hall/temp")
                 + " AVERAGE -s 1700006380 -e 1700006415");
  CAF_CHECK(out.find("1700006390: -nan") != std::string::npos);
  CAF_CHECK(out.find("1700006400: 1.0000000000e+00") != std::string::npos);
  CAF_CHECK(out.find("1700006410: 2.0000000000e+00") != std::string::npos);
  struct stat info;
  ::stat(file("plant/hall/temp").c_str(), &info);
  CAF_CHECK_EQUAL(info.st_mode & 07777, 0640u);
  CAF_CHECK(std::filesystem::is_empty(store + "/rrd/.new"));
}

CAF_TEST(rows go into a file as rrdtool itself would write them) {
  auto definition
    = make_definition({make_source("g"), make_source("c", source_type::counter),
                       make_source("d", source_type::derive),
                       make_source("a", source_type::absolute),
                       make_source("dc", source_type::dcounter),
                       make_source("dd", source_type::dderive)});
  row_block x;
  std::string command;
  auto add = [&](cell value, const char* format, auto printed) {
    char text[64] = ":U";
    if (value.known)
      std::snprintf(text, sizeof(text), format, printed);
    command += text;
    x.cells.push_back(value);
  };
  for (int64_t i = 0; i < 100; ++i) {
    x.times.push_back(t0 + i * 10 + (i > 50 ? 70 : 0));
    command += ' ' + std::to_string(x.times.back());
    // At most 15 digits: printf writes them as shortly as the writer does.
    auto real = static_cast<double>(i * i * 12345) / 1000;
    add(i % 9 == 8 ? cell{} : number(real), ":%.15g", real);
    uint64_t counter = (1ull << 63) + static_cast<uint64_t>(i) * 123456789;
    add({value_bits::of(counter), true}, ":%lu", counter);
    int64_t derive = (i % 7 - 3) * 1000000007;
    add({value_bits::of(derive), true}, ":%ld", derive);
    add(number(real), ":%.15g", real);
    add(number(real), ":%.15g", real);
    add(number(-real), ":%.15g", -real);
  }
  auto copy = reference("all", x, definition);
  auto out = write("all", x, definition);
  CAF_CHECK_EQUAL(out.error, "");
  CAF_CHECK_EQUAL(out.written, 100u);
  CAF_CHECK_EQUAL(rrdflow::test::run("rrdtool update " + copy + command), "");
  CAF_CHECK(slurp(file("all")) == slurp(copy));
}

CAF_TEST(rows that the file has are past) {
  write("a", rows(t0, {1, 2, 3}));
  auto before = slurp(file("a"));
  auto x = write("a", rows(t0, {7, 7, 7}));
  CAF_CHECK_EQUAL(x.past, 3u);
  CAF_CHECK_EQUAL(x.written, 0u);
  CAF_CHECK_EQUAL(x.last_update, (t0 + 20) * 1000);
  CAF_CHECK(slurp(file("a")) == before);
  x = write("a", rows(t0 + 10, {7, 7, 4, 5}));
  CAF_CHECK_EQUAL(x.past, 2u);
  CAF_CHECK_EQUAL(x.written, 2u);
  CAF_CHECK_EQUAL(metric("rows_past_total"), 5);
  CAF_CHECK_EQUAL(x.last_update, (t0 + 40) * 1000);
}

CAF_TEST(a file that was deleted is created again) {
  write("a", rows(t0, {1, 2}));
  std::filesystem::remove(file("a"));
  auto x = write("a", rows(t0 + 20, {3}));
  CAF_CHECK_EQUAL(x.written, 1u);
  CAF_CHECK_EQUAL(header_of(file("a")).last_update, t0 + 20);
}

CAF_TEST(one batch may have many files) {
  std::vector<write_job> jobs;
  for (auto i = 0; i < 300; ++i)
    jobs.push_back(
      {id("f" + std::to_string(i)), one_gauge(), rows(t0, {1}), false});
  auto result = engine->write(jobs);
  CAF_REQUIRE(result);
  CAF_REQUIRE_EQUAL(result->size(), 300u);
  for (auto& x : *result)
    CAF_CHECK_EQUAL(x.written, 1u);
  CAF_CHECK_EQUAL(metric("files_created_total"), 300);
  CAF_CHECK_EQUAL(metric("undo_records_total"), 300);
  CAF_CHECK(metrics.text().find("rrdflow_rrd_update_seconds_count 300\n")
            != std::string::npos);
  CAF_CHECK(metrics.text().find("rrdflow_rrd_update_seconds_bucket{le=\""
                                "0.00005\"}")
            != std::string::npos);
}

CAF_TEST(sources match by name whatever their order) {
  auto ab = make_definition({make_source("a"), make_source("b")});
  auto ba = make_definition({make_source("b"), make_source("a")});
  row_block x{{t0}, {number(1), number(2)}};
  write("x", x, ab);
  x.times = {t0 + 10};
  write("x", x, ba);
  auto info = run("rrdtool info " + file("x"));
  CAF_CHECK(info.find("ds[a].last_ds = \"2\"") != std::string::npos);
  CAF_CHECK(info.find("ds[b].last_ds = \"1\"") != std::string::npos);
}

CAF_TEST(a source that the file lacks loses its values and is named) {
  write("x", rows(t0, {1}));
  auto two = make_definition(
    {make_source("value"), make_source("more", source_type::derive)});
  auto x = write("x", {{t0 + 10}, {number(5), number(6)}}, two);
  CAF_CHECK_EQUAL(x.written, 1u);
  CAF_CHECK(x.error.find("more (DERIVE)") != std::string::npos);
  auto other = make_definition({make_source("value", source_type::counter)});
  x = write("x", {{t0 + 20}, {number(5)}}, other);
  CAF_CHECK_EQUAL(x.abandoned, 1u);
  CAF_CHECK_EQUAL(x.status, write_status::done);
}

CAF_TEST(heartbeat and limits are tuned in place to the last bit) {
  write("x", rows(t0, {1}));
  auto source = make_source("value");
  source.heartbeat = 77;
  source.min = -1.0 / 3;
  source.max = 1.2345678901234567e300;
  auto x = write("x", rows(t0 + 10, {2}), make_definition({source}));
  CAF_CHECK_EQUAL(x.written, 1u);
  auto seen = header_of(file("x")).definition.sources[0];
  CAF_CHECK_EQUAL(seen.heartbeat, 77);
  CAF_CHECK_EQUAL(seen.min, source.min);
  CAF_CHECK_EQUAL(seen.max, source.max);
  auto info = run("rrdtool info " + file("x"));
  CAF_CHECK(info.find("ds[value].minimal_heartbeat = 77") != std::string::npos);
  write("y", rows(t0, {1}), make_definition({source}));
  CAF_CHECK(header_of(file("y")).definition.sources[0] == seen);
}

CAF_TEST(what is no file is never touched and its rows wait) {
  auto secret = store + "/secret";
  spill(secret, "secret");
  std::filesystem::create_directories(store + "/rrd/folder.rrd");
  std::filesystem::create_symlink(secret, file("link"));
  std::filesystem::create_directory_symlink(store, store + "/rrd/dirlink");
  ::mkfifo(file("fifo").c_str(), 0600);
  for (auto path : {"folder", "link", "fifo", "dirlink/x", "../x", "a//b"}) {
    auto x = write(path, rows(t0, {1, 2}));
    auto hopeless = path == std::string{"../x"} || path == std::string{"a//b"};
    CAF_CHECK_EQUAL(x.status,
                    hopeless ? write_status::done : write_status::failed);
    CAF_CHECK_EQUAL(x.abandoned, hopeless ? 2u : 0u);
    CAF_CHECK(x.own_fault != hopeless);
    CAF_CHECK(!x.error.empty());
    CAF_MESSAGE(x.error);
    CAF_CHECK(engine->remove({id(path)}));
  }
  CAF_CHECK_EQUAL(slurp(secret), "secret");
  CAF_CHECK(std::filesystem::is_symlink(file("link")));
  CAF_CHECK(std::filesystem::is_fifo(file("fifo")));
  CAF_CHECK(!std::filesystem::exists(store + "/x.rrd"));
}

CAF_TEST(what an errno says of the next try) {
  for (auto error :
       {EACCES, EPERM, ELOOP, ENOTDIR, EISDIR, EXDEV, ENXIO, ESTALE, EINVAL})
    CAF_CHECK_EQUAL(state_after(error), open_state::blocked);
  for (auto error : {EROFS, ENOSPC, EDQUOT, EIO, EMFILE, ENOMEM, EINTR, EBUSY})
    CAF_CHECK_EQUAL(state_after(error), open_state::failed);
  CAF_CHECK_EQUAL(state_after(ENOENT), open_state::missing);
  CAF_CHECK_EQUAL(state_after(ENAMETOOLONG), open_state::refused);
  CAF_CHECK_EQUAL(reason_of(EIO), "Input/output error");
  CAF_CHECK(reason_of(EROFS).find("; remedy: ") != std::string::npos);
}

CAF_TEST(files that cannot be written are counted and one is named) {
  std::filesystem::create_directories(store + "/rrd/p/a.rrd");
  std::filesystem::create_directories(store + "/rrd/p/b.rrd");
  auto x = write("p/a", rows(t0, {1}));
  CAF_CHECK_EQUAL(x.error, "p/a.rrd: a folder stands in its place; remedy: "
                           "move it away");
  write("p/b", rows(t0, {1}));
  CAF_CHECK_EQUAL(metric("files_waiting"), 2);
  CAF_CHECK_EQUAL(metric("store_unwritable"), 0);
  auto named = metrics.values("file_waiting");
  CAF_REQUIRE_EQUAL(named.size(), 1u);
  CAF_CHECK_EQUAL(named.begin()->first[0].second, "p/a.rrd");
  CAF_CHECK_EQUAL(named.begin()->first[1].second,
                  "a folder stands in its place; remedy: move it away");
  std::filesystem::remove(store + "/rrd/p/a.rrd");
  CAF_CHECK_EQUAL(write("p/a", rows(t0, {1})).written, 1u);
  CAF_CHECK_EQUAL(metric("files_waiting"), 1);
  CAF_CHECK(metrics.values("file_waiting").empty());
  write("p/b", rows(t0, {1}));
  CAF_CHECK_EQUAL(metrics.values("file_waiting").size(), 1u);
  CAF_CHECK(engine->remove({id("p/b")}));
  write("c", rows(t0, {1}));
  CAF_CHECK_EQUAL(metric("files_waiting"), 0);
}

CAF_TEST(a folder that is a file keeps its rows without a new file) {
  spill(store + "/rrd/p", "in the way");
  auto x = write("p/a", rows(t0, {1, 2}));
  CAF_CHECK_EQUAL(x.status, write_status::failed);
  CAF_CHECK(x.own_fault);
  CAF_CHECK(x.error.rfind("p/a.rrd: folder p: Not a directory", 0) == 0);
  CAF_CHECK_EQUAL(metric("undo_records_total"), 0);
  std::filesystem::remove(store + "/rrd/p");
  CAF_CHECK_EQUAL(write("p/a", rows(t0, {1, 2})).written, 2u);
}

CAF_TEST(the folder of all files is made again) {
  write("p/a", rows(t0, {1}));
  std::filesystem::remove_all(store + "/rrd");
  CAF_CHECK_EQUAL(write("p/a", rows(t0 + 10, {2})).written, 1u);
  CAF_CHECK_EQUAL(header_of(file("p/a")).last_update, t0 + 10);
}

CAF_TEST(a sparse file is filled before librrd maps it) {
  auto definition = make_definition({make_source("value")}, 10,
                                    {{consolidation::average, 0.5, 1, 100000}});
  write("s", rows(t0, {1}), definition);
  auto bytes = slurp(file("s"));
  run("fallocate -p -o 65536 -l 400000 " + file("s"));
  struct stat info;
  ::stat(file("s").c_str(), &info);
  CAF_REQUIRE(info.st_blocks * 512 < info.st_size);
  CAF_CHECK_EQUAL(write("s", rows(t0 + 10, {2}), definition).written, 1u);
  ::stat(file("s").c_str(), &info);
  CAF_CHECK(info.st_blocks * 512 >= info.st_size);
  CAF_CHECK_EQUAL(info.st_size, static_cast<off_t>(bytes.size()));
}

CAF_TEST(rates answer postponed and urgent jobs pass) {
  settings.max_files_per_second = 2;
  settings.creates_per_second = 3;
  restart();
  auto postponed = [&](const std::string& path, bool urgent) {
    return write(path, rows(t0, {1}), one_gauge(), urgent).status
           == write_status::postponed;
  };
  CAF_CHECK(!postponed("a", false));
  CAF_CHECK(!postponed("b", false));
  CAF_CHECK(postponed("c", false));
  CAF_CHECK(!postponed("c", true));
  CAF_CHECK(postponed("d", true)); // the fourth new file
  CAF_CHECK(!postponed("a", true));
  CAF_CHECK(!std::filesystem::exists(file("d")));
  now += std::chrono::seconds{1};
  CAF_CHECK(!postponed("d", false));
}

CAF_TEST(below the reserve no file is created but rows are written) {
  write("a", rows(t0, {1}));
  settings.disk_reserve = 1ull << 60;
  restart();
  CAF_CHECK_EQUAL(write("a", rows(t0 + 10, {1})).written, 1u);
  auto x = write("b", rows(t0, {1}));
  CAF_CHECK_EQUAL(x.status, write_status::failed);
  CAF_CHECK(x.error.find("disk_reserve") != std::string::npos);
}

CAF_TEST(a file that another process locks is tried again later) {
  write("a", rows(t0, {1}));
  int ready[2];
  CAF_REQUIRE_EQUAL(::pipe(ready), 0);
  auto child = ::fork();
  if (child == 0) {
    auto fd = ::open(file("a").c_str(), O_RDWR);
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    ::fcntl(fd, F_SETLK, &lock);
    if (::write(ready[1], "x", 1) != 1)
      ::_exit(1);
    ::pause();
  }
  char c;
  CAF_REQUIRE_EQUAL(::read(ready[0], &c, 1), 1);
  auto x = write("a", rows(t0 + 10, {unknown, 2}));
  CAF_CHECK_EQUAL(x.status, write_status::failed);
  CAF_CHECK_EQUAL(x.written, 0u);
  CAF_CHECK(x.error.find("could not lock") != std::string::npos);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  CAF_CHECK_EQUAL(write("a", rows(t0 + 10, {unknown, 2})).written, 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
