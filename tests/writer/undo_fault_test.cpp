#define CAF_SUITE undo_fault

// What a writer does when the disk fails under its undo log: system calls fail
// in a child, by a filter that the kernel applies.

#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// From here on a system call fails in this process.
bool break_call(uint32_t number, uint32_t error) {
  sock_filter code[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program{4, code};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

struct fault_fixture : store_fixture {
  fault_fixture() {
    write("old", rows(t0, {1}));
    engine->marker(1);
    before = slurp(file("old"));
    jobs = {{id("old"), one_gauge(), rows(t0 + 10, {2}), false},
            {id("new"), one_gauge(), rows(t0, {1}), false}};
  }

  /// Runs `f` in a child with a broken system call; its answer.
  template <class F>
  int in_child(uint32_t number, uint32_t error, F f) {
    auto child = ::fork();
    if (child == 0)
      ::_exit(break_call(number, error) ? f() : 99);
    auto status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void nothing_happened() {
    CAF_CHECK(slurp(file("old")) == before);
    CAF_CHECK(!std::filesystem::exists(file("new")));
    CAF_CHECK(std::filesystem::is_empty(store + "/rrd/.new"));
  }

  std::string before;
  std::vector<write_job> jobs;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(undo_fault_tests, fault_fixture)

CAF_TEST(a failed sync ends the writer before it touches a file) {
  for (auto call : {SYS_fdatasync, SYS_fsync}) {
    auto answer = in_child(static_cast<uint32_t>(call), EIO, [&] {
      auto result = engine->write(jobs);
      return result ? 1 : result.error() == ec::io_failed ? 42 : 2;
    });
    CAF_CHECK_EQUAL(answer, 42);
    nothing_happened();
  }
}

CAF_TEST(a full disk fails the jobs before a file is touched) {
  auto answer = in_child(SYS_pwrite64, ENOSPC, [&] {
    auto result = engine->write(jobs);
    if (!result)
      return 1;
    for (const auto& x : *result)
      if (x.status != write_status::failed || x.written != 0)
        return 2;
    return 42;
  });
  CAF_CHECK_EQUAL(answer, 42);
  nothing_happened();
  // There is room again.
  auto result = engine->write(jobs);
  CAF_REQUIRE(result);
  for (const auto& x : *result)
    CAF_CHECK_EQUAL(x.written, 1u);
}

CAF_TEST(a file that cannot be filled is not mapped) {
  auto definition = make_definition({make_source("value")}, 10,
                                    {{consolidation::average, 0.5, 1, 100000}});
  write("s", rows(t0, {1}), definition);
  rrdflow::test::run("fallocate -p -o 65536 -l 400000 " + file("s"));
  auto sparse = slurp(file("s"));
  auto answer = in_child(SYS_fallocate, ENOSPC, [&] {
    return write("s", rows(t0 + 10, {2}), definition).status
               == write_status::failed
             ? 42
             : 1;
  });
  CAF_CHECK_EQUAL(answer, 42);
  CAF_CHECK(slurp(file("s")) == sparse);
}

CAF_TEST_FIXTURE_SCOPE_END()
