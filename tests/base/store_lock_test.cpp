#define CAF_SUITE store_lock

#include "actors/base/store_lock.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace rrdflow;

namespace {

/// What another process says to the store: 0 for "taken", else its error code.
int acquire_elsewhere(const std::string& directory) {
  auto pid = ::fork();
  if (pid == 0) {
    auto lock = store_lock::acquire(directory);
    ::_exit(lock ? 0 : lock.error().code());
  }
  auto status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

CAF_TEST(a store is made with its folders) {
  test::temporary_folder folder;
  auto store = folder.path() + "/not/yet/there";
  auto lock = store_lock::acquire(store);
  CAF_REQUIRE(lock);
  for (auto name : {"rrd", "journal", "snapshot", "tmp", "bad", "quarantine"}) {
    struct stat st;
    CAF_REQUIRE_EQUAL(::stat((store + "/" + name).c_str(), &st), 0);
    CAF_CHECK(S_ISDIR(st.st_mode));
    CAF_CHECK_EQUAL(st.st_mode & 07u, 0u);
  }
}

CAF_TEST(a second process does not get the store) {
  test::temporary_folder folder;
  auto lock = store_lock::acquire(folder.path());
  CAF_REQUIRE(lock);
  CAF_CHECK_EQUAL(acquire_elsewhere(folder.path()),
                  static_cast<int>(ec::store_locked));
  lock->reset();
  CAF_CHECK_EQUAL(acquire_elsewhere(folder.path()), 0);
}

CAF_TEST(a store that cannot be made is an error) {
  test::temporary_folder folder;
  test::write_file(folder.path() + "/file", "");
  auto lock = store_lock::acquire(folder.path() + "/file");
  CAF_REQUIRE(!lock);
  CAF_CHECK(lock.error() == ec::damaged);
}
