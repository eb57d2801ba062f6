#define CAF_SUITE mqtt_settings

#include "actors/mqtt/mqtt_settings.hpp"
#include "config/config.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <sys/stat.h>

using namespace rrdflow;

namespace {

struct fixture {
  test::temporary_folder folder;

  std::string id() {
    auto result = kept_client_id(folder.path());
    return result ? *result : explain(result.error());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(mqtt_settings_tests, fixture)

CAF_TEST(the client id is made once) {
  auto first = id();
  CAF_CHECK_EQUAL(first.size(), 24u);
  CAF_CHECK_EQUAL(first.substr(0, 8), "rrdflow-");
  CAF_CHECK_EQUAL(id(), first);
  std::filesystem::remove(folder.path() + "/client_id");
  CAF_CHECK_NOT_EQUAL(id(), first);
}

CAF_TEST(a damaged client id is not replaced silently) {
  test::write_file(folder.path() + "/client_id", "rrdflow-0123");
  auto result = kept_client_id(folder.path());
  CAF_REQUIRE(!result);
  CAF_CHECK(result.error() == ec::damaged);
}

CAF_TEST(a password loses its line break and nothing else) {
  auto file = folder.path() + "/password";
  auto read = [&](const std::string& content) {
    test::write_file(file, content);
    ::chmod(file.c_str(), 0600);
    auto result = read_password(file);
    return result ? *result : explain(result.error());
  };
  CAF_CHECK_EQUAL(read("secret\n"), "secret");
  CAF_CHECK_EQUAL(read("secret\r\n"), "secret");
  CAF_CHECK_EQUAL(read(" secret \n\n"), " secret \n");
  CAF_CHECK_EQUAL(read("secret"), "secret");
}

CAF_TEST(a password that everybody may read is refused) {
  auto file = folder.path() + "/password";
  test::write_file(file, "secret\n");
  ::chmod(file.c_str(), 0644);
  auto result = read_password(file);
  CAF_REQUIRE(!result);
  CAF_CHECK(result.error() == ec::bad_config);
  CAF_CHECK_EQUAL(explain(result.error()).find("secret"), std::string::npos);
  CAF_CHECK(!read_password(folder.path() + "/missing"));
}

CAF_TEST(settings are resolved from the configuration) {
  config x;
  x.store.directory = folder.path();
  x.limits.payload = 1000;
  auto result = resolve_mqtt_settings(x, "tcp://127.0.0.1:40000");
  CAF_REQUIRE(result);
  CAF_CHECK_EQUAL(result->mqtt.broker.text, "tcp://127.0.0.1:40000");
  CAF_CHECK_EQUAL(result->client_id, id());
  CAF_CHECK_EQUAL(result->max_payload, 1000u);
  CAF_CHECK(result->table != nullptr);
  x.mqtt.client_id = "mine";
  result = resolve_mqtt_settings(x, "");
  CAF_REQUIRE(result);
  CAF_CHECK_EQUAL(result->client_id, "mine");
  x.mqtt.broker = "embedded";
  CAF_CHECK(!resolve_mqtt_settings(x, ""));
}

CAF_TEST_FIXTURE_SCOPE_END()
