#define CAF_SUITE suggestions

#include "config/key_table.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

CAF_TEST(the nearest word is found if it is near) {
  std::vector<std::string> words{"broker", "version", "qos", "client_id"};
  CAF_CHECK_EQUAL(nearest("borker", words), "broker");
  CAF_CHECK_EQUAL(nearest("Broker", words), "broker");
  CAF_CHECK_EQUAL(nearest("clientid", words), "client_id");
  CAF_CHECK_EQUAL(nearest("verson", words), "version");
  CAF_CHECK_EQUAL(nearest("qso", words), "qos");
  CAF_CHECK_EQUAL(nearest("password", words), "");
  CAF_CHECK_EQUAL(nearest("", words), "");
  CAF_CHECK_EQUAL(nearest(std::string(100000, 'x'), words), "");
  CAF_CHECK_EQUAL(did_you_mean("qoss", words), " (did you mean \"qos\"?)");
  CAF_CHECK_EQUAL(did_you_mean("elsewhere", words), "");
}
