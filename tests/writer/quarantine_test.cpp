#define CAF_SUITE quarantine

#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

#include <limits>

using namespace rrdflow;
using namespace rrdflow::test;

CAF_TEST_FIXTURE_SCOPE(quarantine_tests, store_fixture)

CAF_TEST(names with per cent signs and blanks are only names) {
  for (auto path : {"%s%n%25s/%n", "a b/c=2Fd", "%%"}) {
    CAF_CHECK_EQUAL(write(path, rows(t0, {1})).written, 1u);
    auto bytes = slurp(file(path));
    spill(file(path), bytes.substr(0, 1000));
    auto x = write(path, rows(t0 + 10, {2}));
    CAF_CHECK_EQUAL(x.written, 1u);
    CAF_CHECK(x.error.find("moved to bad/") != std::string::npos);
  }
  CAF_CHECK_EQUAL(metric("files_quarantined"), 3);
}

CAF_TEST(a damaged file that cannot be moved fails alone) {
  write("a", rows(t0, {1}));
  spill(file("a"), "garbage");
  std::filesystem::remove(store + "/bad");
  spill(store + "/bad", "in the way");
  auto x = write("a", rows(t0 + 10, {2}));
  CAF_CHECK_EQUAL(x.status, write_status::failed);
  CAF_CHECK(x.own_fault);
  CAF_CHECK_EQUAL(slurp(file("a")), "garbage");
  auto y = write("b", rows(t0, {1}));
  CAF_CHECK_EQUAL(y.written, 1u);
  CAF_CHECK(!y.own_fault);
  CAF_MESSAGE("a reason of the disk, not of the file");
  std::filesystem::remove(store + "/bad");
  settings.disk_reserve = std::numeric_limits<uint64_t>::max() / 2;
  restart();
  y = write("c", rows(t0, {1}));
  CAF_CHECK_EQUAL(y.status, write_status::failed);
  CAF_CHECK(!y.own_fault);
}

CAF_TEST(damaged files are kept in bad under names of their own) {
  for (auto i = 0; i < 3; ++i) {
    write("p/a", rows(t0, {1}));
    spill(file("p/a"), i == 0 ? std::string{} : "garbage" + std::to_string(i));
    CAF_CHECK_EQUAL(write("p/a", rows(t0, {1})).written, 1u);
  }
  std::string all;
  size_t count = 0;
  for (auto& x : std::filesystem::directory_iterator(store + "/bad")) {
    all += slurp(x.path());
    ++count;
  }
  CAF_CHECK_EQUAL(count, 3u);
  CAF_CHECK(all.find("garbage1") != std::string::npos);
  CAF_CHECK(all.find("garbage2") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
