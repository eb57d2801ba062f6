#define CAF_SUITE file

#include "actors/base/file.hpp"
#include "tests/file_size_limit.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <fcntl.h>
#include <sys/stat.h>

using namespace rrdflow;
using rrdflow::test::file_size_limit;
using rrdflow::test::temporary_folder;

CAF_TEST(a file is replaced as a whole and read back) {
  temporary_folder folder;
  auto path = folder.path() + "/x";
  CAF_CHECK(!replace_file(path, "one"));
  CAF_CHECK(!replace_file(path, std::string(100000, 'b')));
  CAF_CHECK_EQUAL(*read_file(path), std::string(100000, 'b'));
  CAF_CHECK_EQUAL(::access((path + ".tmp").c_str(), F_OK), -1);
}

CAF_TEST(a replacement that is given up leaves nothing) {
  temporary_folder folder;
  auto path = folder.path() + "/x";
  CAF_CHECK(!replace_file(path, "old"));
  {
    auto file = replacement_file::create(path);
    CAF_REQUIRE(file);
    CAF_CHECK(!file->write("half"));
    CAF_CHECK_EQUAL(file->size(), 4u);
  }
  CAF_CHECK_EQUAL(*read_file(path), "old");
  CAF_CHECK_EQUAL(::access((path + ".tmp").c_str(), F_OK), -1);
}

CAF_TEST(a replacement on a full disk leaves nothing) {
  temporary_folder folder;
  auto path = folder.path() + "/x";
  CAF_CHECK(!replace_file(path, "old"));
  {
    file_size_limit full{10};
    CAF_CHECK_EQUAL(replace_file(path, std::string(100, 'b')), ec::disk_full);
  }
  CAF_CHECK_EQUAL(*read_file(path), "old");
  CAF_CHECK_EQUAL(::access((path + ".tmp").c_str(), F_OK), -1);
}

CAF_TEST(a replacement may have a temporary name of its own) {
  temporary_folder folder;
  auto path = folder.path() + "/x";
  auto temporary = folder.path() + "/.x";
  auto file = replacement_file::create(path, 0600, temporary);
  CAF_REQUIRE(file);
  CAF_CHECK_EQUAL(::access(temporary.c_str(), F_OK), 0);
  CAF_CHECK(!file->write("new"));
  CAF_CHECK(!file->commit(false));
  CAF_CHECK_EQUAL(*read_file(path), "new");
  CAF_CHECK_EQUAL(::access(temporary.c_str(), F_OK), -1);
}

CAF_TEST(bytes are read from any place on) {
  temporary_folder folder;
  auto path = folder.path() + "/x";
  CAF_CHECK(!replace_file(path, "0123456789"));
  auto fd = open_file(path, O_RDONLY);
  CAF_REQUIRE(fd);
  std::string bytes;
  CAF_CHECK(read_on(fd->get(), bytes, 2, 3));
  CAF_CHECK_EQUAL(bytes, "34");
  CAF_CHECK(read_on(fd->get(), bytes, 4, 3));
  CAF_CHECK_EQUAL(bytes, "3456");
  CAF_CHECK(read_on(fd->get(), bytes, 20, 3));
  CAF_CHECK_EQUAL(bytes, "3456789");
}

CAF_TEST(what cannot be read says why) {
  temporary_folder folder;
  auto gone = read_file(folder.path() + "/gone");
  CAF_CHECK(gone.error() == ec::not_found);
  CAF_CHECK(read_file(folder.path()).error() == ec::damaged);
  auto path = folder.path() + "/x";
  CAF_CHECK(!replace_file(path, "12345"));
  CAF_CHECK(read_file(path, 4).error() == ec::too_large);
  CAF_CHECK_EQUAL(*read_file(path, 5), "12345");
  ::mkfifo((folder.path() + "/fifo").c_str(), 0600);
  CAF_CHECK(read_file(folder.path() + "/fifo").error() == ec::damaged);
}

CAF_TEST(closing keeps errno) {
  errno = ENOSPC;
  {
    unique_fd x{::open("/", O_RDONLY | O_CLOEXEC)};
    errno = ENOSPC;
  }
  CAF_CHECK_EQUAL(errno, ENOSPC);
}

CAF_TEST(the folder of a path) {
  CAF_CHECK_EQUAL(folder_of("a"), ".");
  CAF_CHECK_EQUAL(folder_of("/a"), "/");
  CAF_CHECK_EQUAL(folder_of("/a/b"), "/a");
}
