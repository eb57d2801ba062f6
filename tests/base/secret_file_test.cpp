#define CAF_SUITE secret_file

#include "actors/base/secret_file.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

using namespace rrdflow;

namespace {

struct fixture {
  test::temporary_folder folder;
  std::string path = folder / "secret";

  void write(const std::string& text, mode_t mode) {
    std::ofstream{path} << text;
    chmod(path.c_str(), mode);
  }

  std::string refusal() {
    auto result = read_secret("a.key", path, 10);
    if (result)
      return "none";
    CAF_CHECK(result.error() == ec::bad_config);
    return explain(result.error());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(secret_file_tests, fixture)

CAF_TEST(owner and group may know a secret) {
  for (mode_t mode : {0400u, 0600u, 0640u, 0440u}) {
    write("s3cret\n", mode);
    auto text = read_secret("a.key", path, 10);
    CAF_REQUIRE(text);
    CAF_CHECK_EQUAL(*text, "s3cret\n");
    chmod(path.c_str(), 0600);
  }
}

CAF_TEST(others may not ) {
  for (mode_t mode : {0644u, 0604u, 0602u, 0601u}) {
    write("s3cret", mode);
    CAF_CHECK_EQUAL(refusal(), "a.key: " + path
                                 + ": everybody may read or change it; "
                                   "chmod o= it");
    CAF_CHECK(check_secret("a.key", path));
  }
}

CAF_TEST(a secret that is none is named with its key) {
  CAF_CHECK_EQUAL(refusal(), "a.key: " + path + ": No such file or directory");
  mkfifo(path.c_str(), 0600);
  CAF_CHECK_EQUAL(refusal(), "a.key: " + path + ": not a plain file");
  unlink(path.c_str());
  mkdir(path.c_str(), 0700);
  CAF_CHECK_EQUAL(refusal(), "a.key: " + path + ": not a plain file");
  rmdir(path.c_str());
  write("12345678901", 0600);
  CAF_CHECK_EQUAL(refusal(), "a.key: " + path + ": larger than 10 bytes");
}

CAF_TEST_FIXTURE_SCOPE_END()
