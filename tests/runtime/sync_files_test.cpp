#define CAF_SUITE sync_files

#include "runtime/service/sync_files.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <sys/stat.h>

using namespace rrdflow;

namespace {

dev_t device(const std::string& path) {
  struct stat info;
  CAF_REQUIRE_EQUAL(::stat(path.c_str(), &info), 0);
  return info.st_dev;
}

} // namespace

CAF_TEST(a store is on one file system) {
  test::temporary_folder store;
  std::filesystem::create_directory(store / "rrd");
  auto uut = file_system_sync::open(store.path());
  CAF_REQUIRE(uut);
  CAF_CHECK_EQUAL((*uut)->size(), 1u);
  CAF_CHECK(!(*uut)->run());
}

CAF_TEST(files that are elsewhere are synced there) {
  test::temporary_folder store;
  // Of another kind than any disk, and always there.
  const std::string elsewhere = "/proc";
  CAF_REQUIRE(device(elsewhere) != device(store.path()));
  std::filesystem::create_directory_symlink(elsewhere, store / "rrd");
  auto uut = file_system_sync::open(store.path());
  CAF_REQUIRE(uut);
  CAF_CHECK_EQUAL((*uut)->size(), 2u);
  CAF_CHECK(!(*uut)->run());
}

CAF_TEST(a folder that is missing is an error) {
  test::temporary_folder store;
  CAF_CHECK(!file_system_sync::open(store.path()));
}
