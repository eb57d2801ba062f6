#define CAF_SUITE broker_limits

#include "actors/mqtt/broker_limits.hpp"
#include "messages/error.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <filesystem>
#include <fstream>

using namespace rrdflow;

namespace {

using strings = std::vector<std::string>;

struct fixture {
  test::temporary_folder folder;
  std::string file = folder.path() + "/mosquitto.conf";
  mqtt_config ours;

  void write(const std::string& text) {
    std::ofstream{file} << text;
  }

  /// The keys that are named, or "unknown".
  strings keys() {
    auto lines = known_losses(ours, file);
    if (!lines)
      return {"unknown"};
    strings result;
    for (auto& x : *lines) {
      CAF_CHECK_EQUAL(x.compare(0, file.size() + 2, file + ": "), 0);
      x.erase(0, file.size() + 2);
      result.push_back(x.substr(0, x.find(' ')));
    }
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(broker_limits_tests, fixture)

CAF_TEST(a broker that does what we ask for gives no warning) {
  CAF_CHECK_EQUAL(warnings({}, ours, 5), strings{});
}

CAF_TEST(a shorter session is named with both times) {
  broker_facts x;
  x.session_expiry = 7 * 86400;
  CAF_CHECK_EQUAL(warnings(x, ours, 1), strings{});
  x.session_expiry = 3600;
  auto lines = warnings(x, ours, 1);
  CAF_REQUIRE_EQUAL(lines.size(), 1u);
  CAF_CHECK_NOT_EQUAL(lines[0].find("for 3600 s"), std::string::npos);
  CAF_CHECK_NOT_EQUAL(lines[0].find("604800 s"), std::string::npos);
}

CAF_TEST(identifiers matter for several filters only) {
  broker_facts x;
  x.identifiers = false;
  CAF_CHECK_EQUAL(warnings(x, ours, 1).size(), 0u);
  CAF_CHECK_EQUAL(warnings(x, ours, 2).size(), 1u);
  x.wildcards = false;
  CAF_CHECK_EQUAL(warnings(x, ours, 2).size(), 2u);
}

CAF_TEST(the defaults of mosquitto lose messages) {
  write("");
  CAF_CHECK_EQUAL(keys(), (strings{"max_queued_messages", "persistence"}));
  CAF_MESSAGE("the file that Debian installs, and one in its folder");
  std::filesystem::create_directory(folder.path() + "/conf.d");
  write("# comment\npersistence true\npersistence_location /var/lib/x/\n"
        "include_dir "
        + folder.path() + "/conf.d\n");
  CAF_CHECK_EQUAL(keys(),
                  (strings{"max_queued_messages", "autosave_interval"}));
  std::ofstream{folder.path() + "/conf.d/own.conf"}
    << "max_queued_messages 5000000\nautosave_on_changes true\n";
  std::ofstream{folder.path() + "/conf.d/own.conf.old"}
    << "max_queued_messages 7\n";
  CAF_CHECK_EQUAL(keys(), strings{});
}

CAF_TEST(bytes and times are limits too) {
  auto good = std::string{"persistence true\nautosave_on_changes true\n"
                          "max_queued_messages 0\n"};
  write(good);
  CAF_CHECK_EQUAL(keys(), strings{});
  write(good + "max_queued_bytes 1000000\npersistent_client_expiration 12h\n");
  CAF_CHECK_EQUAL(
    keys(), (strings{"max_queued_bytes", "persistent_client_expiration"}));
  write(good + "max_queued_bytes 100000000\npersistent_client_expiration 2w\n");
  CAF_CHECK_EQUAL(keys(), strings{});
}

CAF_TEST(only the configuration of our broker counts) {
  write("listener 1884 0.0.0.0\n");
  CAF_CHECK_EQUAL(keys(), strings{"unknown"});
  ours.broker = "tcp://localhost:1884";
  CAF_CHECK_EQUAL(keys().size(), 2u);
  ours.broker = "tcp://192.0.2.7:1884";
  CAF_CHECK_EQUAL(keys(), strings{"unknown"});
  ours.broker = "embedded";
  CAF_CHECK_EQUAL(keys(), strings{});
  ours.broker = "tcp://127.0.0.1:1884";
  file += ".not";
  CAF_CHECK_EQUAL(keys(), strings{"unknown"});
  file = "/dev/zero";
  CAF_CHECK_EQUAL(keys(), strings{"unknown"});
  CAF_CHECK_NOT_EQUAL(general_advice().find("max_queued_messages"),
                      std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
