#define CAF_SUITE rrd_copy

#include "actors/writer/rrd_copy.hpp"
#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct copy_fixture : store_fixture {
  file_copy copy(const std::string& path) {
    auto result = engine->copy(id(path));
    if (!result)
      CAF_FAIL(explain(result.error()));
    return std::move(*result);
  }

  caf::error refused(const std::string& path) {
    auto result = engine->copy(id(path));
    return result ? caf::error{} : std::move(result.error());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(rrd_copy_tests, copy_fixture)

CAF_TEST(a copy is the file) {
  write("hall=201/temp", rows(t0, {1, 2, 3}));
  auto x = copy("hall=201/temp");
  CAF_CHECK(*x.bytes == slurp(file("hall=201/temp")));
  CAF_CHECK_EQUAL(x.last_update, t0 + 20);
  CAF_CHECK_EQUAL(x.tag.size(), 32u);
  CAF_CHECK_EQUAL(copy("hall=201/temp").tag, x.tag);
}

CAF_TEST(a copy stays what it is and its tag tells it from others) {
  write("a", rows(t0, {1, 2, 3}));
  auto before = copy("a");
  auto bytes = *before.bytes;
  write("a", rows(t0 + 30, {4}));
  auto after = copy("a");
  CAF_CHECK(*before.bytes == bytes);
  CAF_CHECK(*after.bytes == slurp(file("a")));
  CAF_CHECK_NOT_EQUAL(before.tag, after.tag);
  CAF_CHECK_EQUAL(after.last_update, t0 + 30);
}

CAF_TEST(a reader of the browser takes what is written) {
  write("a", rows(t0, {1}));
  // javascriptRRD knows the versions 0001, 0003 and 0004.
  CAF_CHECK_EQUAL(copy("a").bytes->substr(0, 9),
                  std::string("RRD\0000003\0", 9));
}

CAF_TEST(what is no sound file is not handed over) {
  CAF_CHECK(refused("none") == ec::not_found);
  write("a", rows(t0, {1}));
  auto bytes = slurp(file("a"));
  spill(file("a"), bytes.substr(0, bytes.size() / 2));
  CAF_CHECK(refused("a") == ec::damaged);
  spill(file("a"), "");
  CAF_CHECK(refused("a") == ec::damaged);
  std::filesystem::remove(file("a"));
  std::filesystem::create_symlink("/etc/passwd", file("a"));
  CAF_CHECK(refused("a") == ec::io_failed);
  std::filesystem::remove(file("a"));
  std::filesystem::create_directory(file("a"));
  CAF_CHECK(refused("a") == ec::io_failed);
}

CAF_TEST(a file that is too large is not handed over) {
  write("a", rows(t0, {1}));
  std::filesystem::resize_file(file("a"), max_handed_size + 1);
  CAF_CHECK(refused("a") == ec::too_large);
}

CAF_TEST_FIXTURE_SCOPE_END()
