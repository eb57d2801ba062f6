#define CAF_SUITE log_writer

#include "actors/base/file.hpp"
#include "runtime/service/log_writer.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <sstream>
#include <string>

using namespace rrdflow;
using namespace std::chrono_literals;

namespace {

constexpr size_t capacity = 4096;

std::string notice(uint64_t lines) {
  return "(" + std::to_string(lines) + " missing)\n";
}

/// A pipe with room for a page.
struct fixture {
  unique_fd out;
  unique_fd in;

  fixture() {
    int ends[2];
    CAF_REQUIRE_EQUAL(::pipe2(ends, O_CLOEXEC), 0);
    out = unique_fd{ends[0]};
    in = unique_fd{ends[1]};
    ::fcntl(in.get(), F_SETPIPE_SZ, 4096);
  }

  /// Reads until what was read ends so.
  std::string read_until(const std::string& end) {
    std::string result;
    char bytes[512];
    while (result.size() < end.size()
           || result.compare(result.size() - end.size(), end.size(), end)
                != 0) {
      pollfd ready{out.get(), POLLIN, 0};
      CAF_REQUIRE_EQUAL(::poll(&ready, 1, 60000), 1);
      auto n = ::read(out.get(), bytes, sizeof(bytes));
      CAF_REQUIRE(n > 0);
      result.append(bytes, static_cast<size_t>(n));
    }
    return result;
  }
};

/// "line 0007\n": ten bytes.
std::string line(size_t i) {
  auto text = std::to_string(10000 + i);
  return "line " + text.substr(1) + '\n';
}

std::string lines(size_t begin, size_t end) {
  std::string result;
  for (; begin < end; ++begin)
    result += line(begin);
  return result;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_writer_tests, fixture)

CAF_TEST(lines come out as they went in) {
  log_writer uut{in.get(), capacity, notice};
  CAF_CHECK(uut.drain(0ms));
  for (size_t i = 0; i < 100; ++i)
    uut.push(line(i));
  CAF_CHECK(uut.drain(60s));
  CAF_CHECK_EQUAL(read_until(line(99)), lines(0, 100));
  CAF_CHECK_EQUAL(uut.dropped(), 0u);
}

CAF_TEST(a reader that does not read costs lines and no time) {
  log_writer uut{in.get(), capacity, notice};
  constexpr size_t pushed = 3000;
  for (size_t i = 0; i < pushed; ++i)
    uut.push(line(i));
  CAF_CHECK(!uut.drain(1ms));
  auto missing = uut.dropped();
  // At most a page is in the pipe, under way, waiting; ten bytes a line.
  CAF_CHECK(missing >= pushed - 3 * 410);
  // Every line is there, or counted where it is missing.
  size_t next = 0;
  uint64_t said = 0;
  while (next < pushed) {
    std::istringstream text{read_until("\n")};
    for (std::string x; std::getline(text, x);) {
      auto lost = x[0] == '(' ? std::stoul(x.substr(1)) : 0;
      CAF_CHECK_EQUAL(x + '\n', lost > 0 ? notice(lost) : line(next));
      next += lost > 0 ? lost : 1;
      said += lost;
    }
  }
  CAF_CHECK_EQUAL(next, pushed);
  CAF_CHECK_EQUAL(said, missing);
  uut.push("the end\n");
  CAF_CHECK_EQUAL(read_until("the end\n"), "the end\n");
  CAF_CHECK_EQUAL(uut.dropped(), missing);
}

CAF_TEST(a line that could not be made is counted in its place) {
  log_writer uut{in.get(), capacity, notice};
  uut.drop();
  CAF_CHECK_EQUAL(read_until(")\n"), notice(1));
  uut.push(line(1));
  CAF_CHECK_EQUAL(read_until(line(1)), line(1));
  uut.push(std::string(capacity, 'x') + '\n');
  CAF_CHECK_EQUAL(read_until(")\n"), notice(1));
  CAF_CHECK_EQUAL(uut.dropped(), 2u);
}

CAF_TEST(without a reader lines are dropped and the process lives) {
  out.reset();
  log_writer uut{in.get(), capacity, notice};
  uut.push(line(1));
  CAF_CHECK(uut.drain(60s));
  uut.push(line(2));
  CAF_CHECK(uut.drain(60s));
  CAF_CHECK_EQUAL(uut.dropped(), 2u);
}

CAF_TEST(a descriptor that does not block is waited for) {
  ::fcntl(in.get(), F_SETFL, O_NONBLOCK);
  log_writer uut{in.get(), 10 * capacity, notice};
  for (size_t i = 0; i < 2000; ++i)
    uut.push(line(i));
  CAF_CHECK_EQUAL(read_until(line(1999)), lines(0, 2000));
  CAF_CHECK(uut.drain(60s));
  CAF_CHECK_EQUAL(uut.dropped(), 0u);
}

CAF_TEST(a line that was cut off ends before the next) {
  test::temporary_folder folder;
  auto path = folder / "log";
  unique_fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  CAF_REQUIRE(file);
  log_writer uut{file.get(), capacity, notice};
  rlimit before = {};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto small = before;
  small.rlim_cur = 14;
  ::setrlimit(RLIMIT_FSIZE, &small);
  uut.push(line(1));
  CAF_CHECK(uut.drain(60s));
  uut.push(line(2));
  CAF_CHECK(uut.drain(60s));
  uut.push(line(3));
  CAF_CHECK(uut.drain(60s));
  ::setrlimit(RLIMIT_FSIZE, &before);
  uut.push(line(4));
  CAF_CHECK(uut.drain(60s));
  CAF_CHECK_EQUAL(uut.dropped(), 2u);
  CAF_CHECK_EQUAL(unbox(read_file(path)),
                  line(1) + "line\n" + notice(2) + line(4));
}

CAF_TEST(nothing waits for a writer that hangs when it goes) {
  {
    log_writer uut{in.get(), capacity, notice};
    for (size_t i = 0; i < 1000; ++i)
      uut.push(line(i));
    CAF_CHECK(!uut.drain(1ms));
  }
  // The thread ends with its reader.
  out.reset();
}

CAF_TEST_FIXTURE_SCOPE_END()
