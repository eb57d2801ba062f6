#define CAF_SUITE reload

#include "config/config.hpp"
#include "runtime/service/reload.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

CAF_TEST(changed tables are named) {
  config before;
  auto after = before;
  CAF_CHECK(changed_tables(before, after).empty());
  after.mqtt.tls.ca_file = "/etc/ssl/ca.pem";
  after.http.listen.push_back("[::1]:8081");
  CAF_CHECK_EQUAL(changed_tables(before, after),
                  (std::vector<std::string>{"mqtt", "http"}));
}

CAF_TEST(rules may change without a restart) {
  config before;
  auto after = before;
  after.rules.rules.emplace_back();
  after.text = "[[rule]]";
  CAF_CHECK(changed_tables(before, after).empty());
}
