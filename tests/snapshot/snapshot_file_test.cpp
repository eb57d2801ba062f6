#define CAF_SUITE snapshot_file

#include "actors/base/checked_record.hpp"
#include "actors/snapshot/snapshot_file.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <sys/stat.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

using namespace rrdflow;

namespace {

struct fixture {
  test::temporary_folder folder;

  void write(uint64_t marker, position at, const std::string& text = "state") {
    auto uut = snapshot_writer::create(folder.path(), marker, at);
    CAF_REQUIRE(uut);
    CAF_REQUIRE(!uut->add(0, text + "-a"));
    CAF_REQUIRE(!uut->add(1, text + "-b"));
    CAF_REQUIRE(!uut->add(0, text + "-c"));
    CAF_REQUIRE(!uut->add(decoder_part, ""));
    CAF_REQUIRE(!uut->commit());
  }

  std::string bytes(uint64_t marker) {
    std::ifstream in{snapshot_path(folder.path(), marker), std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  void store(uint64_t marker, const std::string& bytes) {
    std::ofstream out{snapshot_path(folder.path(), marker), std::ios::binary};
    out << bytes;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(snapshot_file_tests, fixture)

CAF_TEST(a committed snapshot comes back) {
  write(7, 4711);
  auto x = load_newest_snapshot(folder.path());
  CAF_REQUIRE(x.content.has_value());
  CAF_CHECK_EQUAL(x.content->marker, 7u);
  CAF_CHECK_EQUAL(x.content->at, 4711u);
  using sections = std::vector<std::pair<uint32_t, std::string>>;
  CAF_CHECK(
    x.content->sections
    == (sections{
      {0, "state-a"}, {1, "state-b"}, {0, "state-c"}, {decoder_part, ""}}));
  CAF_CHECK_EQUAL(x.newest_marker, 7u);
}

CAF_TEST(a snapshot without commit leaves nothing behind) {
  {
    auto uut = snapshot_writer::create(folder.path(), 1, 1);
    CAF_REQUIRE(uut);
    CAF_REQUIRE(!uut->add(0, "x"));
  }
  CAF_CHECK(std::filesystem::is_empty(folder.path()));
}

CAF_TEST(what a killed process left of one is swept) {
  write(1, 1);
  store(1, bytes(1));
  std::ofstream{snapshot_path(folder.path(), 2) + ".tmp"} << "half";
  auto x = load_newest_snapshot(folder.path());
  CAF_CHECK(x.content.has_value());
  CAF_CHECK(!std::filesystem::exists(snapshot_path(folder.path(), 2) + ".tmp"));
}

CAF_TEST(a damaged snapshot is passed over for the one before) {
  write(1, 100);
  write(2, 200);
  write(3, 300);
  auto whole = bytes(3);
  store(3, whole.substr(0, whole.size() - 1));
  auto x = load_newest_snapshot(folder.path());
  CAF_REQUIRE(x.content.has_value());
  CAF_CHECK_EQUAL(x.content->marker, 2u);
  CAF_CHECK_EQUAL(x.rejected.size(), 1u);
  CAF_CHECK_EQUAL(x.newest_marker, 3u);
}

CAF_TEST(a snapshot that nothing can start from is passed over) {
  write(1, 100, "good");
  write(2, 200, "bad");
  auto check = [](const snapshot_content& x) -> caf::error {
    if (x.sections.front().second == "bad-a")
      return fail(ec::damaged, "tastes bad");
    return caf::none;
  };
  auto x = load_newest_snapshot(folder.path(), check);
  CAF_REQUIRE(x.content.has_value());
  CAF_CHECK_EQUAL(x.content->marker, 1u);
  CAF_REQUIRE_EQUAL(x.rejected.size(), 1u);
  CAF_CHECK(x.rejected[0].find("tastes bad") != std::string::npos);
  CAF_CHECK(x.rejected[0].find("002.snapshot") != std::string::npos);
  // Never again, even if it tastes good next time; but its number is used.
  x = load_newest_snapshot(folder.path());
  CAF_CHECK_EQUAL(x.content->marker, 1u);
  CAF_CHECK_EQUAL(x.newest_marker, 2u);
  CAF_CHECK_EQUAL(x.rejected.size(), 0u);
  drop_snapshots(folder.path(), 3);
  CAF_CHECK(std::filesystem::is_empty(folder.path()));
}

CAF_TEST(what is no regular file is not waited for) {
  write(1, 100);
  CAF_REQUIRE_EQUAL(::mkfifo(snapshot_path(folder.path(), 2).c_str(), 0600), 0);
  std::filesystem::create_symlink("/etc/passwd",
                                  snapshot_path(folder.path(), 3));
  std::filesystem::create_directory(snapshot_path(folder.path(), 4));
  store(5, bytes(1).substr(0, 40));
  std::filesystem::resize_file(snapshot_path(folder.path(), 5), 1ull << 40);
  auto x = load_newest_snapshot(folder.path());
  CAF_REQUIRE(x.content.has_value());
  CAF_CHECK_EQUAL(x.content->marker, 1u);
  CAF_CHECK_EQUAL(x.rejected.size(), 4u);
}

CAF_TEST(a snapshot of a later version ends the start) {
  write(1, 100);
  auto x = bytes(1);
  x[8] = 2;
  auto check = checksum(x.substr(0, 32));
  std::memcpy(x.data() + 32, &check, sizeof(check));
  store(2, x);
  auto found = load_newest_snapshot(folder.path());
  CAF_CHECK_EQUAL(found.error, ec::io_failed);
  CAF_CHECK(std::filesystem::exists(snapshot_path(folder.path(), 2)));
}

CAF_TEST(every flipped bit and every truncation is found) {
  write(5, 500);
  auto whole = bytes(5);
  for (size_t i = 0; i < whole.size(); ++i) {
    auto broken = whole;
    broken[i] = static_cast<char>(broken[i] ^ (1 << (i % 8)));
    store(5, broken);
    CAF_CHECK(!read_snapshot(snapshot_path(folder.path(), 5)));
    store(5, whole.substr(0, i));
    CAF_CHECK(!read_snapshot(snapshot_path(folder.path(), 5)));
  }
  store(5, whole + "x");
  CAF_CHECK(!read_snapshot(snapshot_path(folder.path(), 5)));
}

CAF_TEST(a snapshot under the name of another marker is refused) {
  write(5, 500);
  store(6, bytes(5));
  auto x = load_newest_snapshot(folder.path());
  CAF_REQUIRE(x.content.has_value());
  CAF_CHECK_EQUAL(x.content->marker, 5u);
}

CAF_TEST(only snapshots below the marker are dropped) {
  write(1, 1);
  write(2, 2);
  write(3, 3);
  drop_snapshots(folder.path(), 2);
  CAF_CHECK(!std::filesystem::exists(snapshot_path(folder.path(), 1)));
  CAF_CHECK(std::filesystem::exists(snapshot_path(folder.path(), 2)));
  CAF_CHECK(std::filesystem::exists(snapshot_path(folder.path(), 3)));
}

CAF_TEST_FIXTURE_SCOPE_END()
