#define CAF_SUITE error

#include "messages/error.hpp"
#include "tests/test.hpp"

#include <cerrno>

using namespace rrdflow;

CAF_TEST(what leaves no room is a full disk) {
  for (auto reason : {ENOSPC, EDQUOT, EFBIG})
    CAF_CHECK(write_error(reason) == ec::disk_full);
  for (auto reason : {EIO, EINTR, EROFS, ENOMEM})
    CAF_CHECK(write_error(reason) == ec::io_failed);
}
