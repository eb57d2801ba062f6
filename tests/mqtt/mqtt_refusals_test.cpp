#define CAF_SUITE mqtt_refusals

#include "tests/log_capture.hpp"
#include "tests/mqtt/source_fixture.hpp"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

using namespace rrdflow;
using test::eventually;

namespace {

/// A port whose connections are closed at once.
class silent_port {
public:
  silent_port() {
    if (::listen(port_.fd(), 16) != 0)
      throw std::runtime_error{"cannot listen"};
    thread_ = std::thread{[this] {
      for (;;) {
        unique_fd connection{::accept(port_.fd(), nullptr, nullptr)};
        if (!connection)
          return;
        ++connections_;
      }
    }};
  }

  ~silent_port() {
    ::shutdown(port_.fd(), SHUT_RDWR);
    thread_.join();
  }

  uint16_t number() const {
    return port_.number();
  }

  int connections() const {
    return connections_;
  }

private:
  test::held_port port_;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

struct fixture : test::source_fixture {
  bool logged(const std::string& text) {
    return eventually([&] { return log.has(text); });
  }

  size_t times(const std::string& text) {
    auto all = log.text();
    size_t result = 0;
    for (auto i = all.find(text); i != std::string::npos;
         i = all.find(text, i + 1))
      ++result;
    return result;
  }

  /// Runs a shell command in the test's folder.
  void shell(const std::string& command) {
    auto line = "cd " + folder.path() + " && (" + command + ") >/dev/null 2>&1";
    CAF_REQUIRE_EQUAL(std::system(line.c_str()), 0);
  }

  /// Makes a CA (ca.pem) and a certificate for `name` (NAME.pem, NAME.key).
  void make_certificate(const std::string& name) {
    shell("test -e ca.pem || openssl req -x509 -newkey rsa:2048 -nodes -days 2"
          " -subj /CN=test-ca -keyout ca.key -out ca.pem");
    shell("openssl req -newkey rsa:2048 -nodes -subj /CN=" + name + " -keyout "
          + name + ".key -out " + name + ".csr");
    shell("printf subjectAltName=DNS:" + name
          + " > ext && openssl x509 -req"
            " -days 2 -in "
          + name
          + ".csr -CA ca.pem -CAkey ca.key"
            " -CAcreateserial -extfile ext -out "
          + name + ".pem");
    shell("chmod 644 *.key");
  }

  std::string in_folder(const std::string& name) {
    return folder.path() + '/' + name;
  }

  test::log_capture log;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(mqtt_refusals_tests, fixture)

CAF_TEST(a wrong password is named and asked for ever more rarely) {
  shell("touch pw && chmod 600 pw && mosquitto_passwd -b pw logger right");
  test::mosquitto broker{"password_file " + in_folder("pw") + '\n', false};
  for (auto version : {5, 3}) {
    settings.mqtt.broker = broker.address();
    settings.mqtt.version = version;
    settings.mqtt.username = "logger";
    settings.password = "wrong";
    auto aut = start({"a/#"});
    CAF_CHECK(logged("refuses the connection: "));
    CAF_MESSAGE(log.text());
    CAF_CHECK(logged("Not authorized"));
    log.clear();
    CAF_CHECK_EQUAL(metric(aut, "mqtt_connected"), 0);
    CAF_CHECK(stop(aut));
    CAF_CHECK_EQUAL(log.text().find("wrong"), std::string::npos);
    settings.password = "right";
    aut = start({"a/#"});
    CAF_CHECK(up(aut));
    CAF_CHECK(stop(aut));
  }
}

CAF_TEST(a subscription that the broker refuses is an error) {
  std::ofstream{in_folder("dynsec.json")} << R"({
    "defaultACLAccess": {"publishClientSend": true,
                         "publishClientReceive": true,
                         "subscribe": true, "unsubscribe": true},
    "groups": [{"groupname": "anyone", "roles": [{"rolename": "some"}]}],
    "anonymousGroup": "anyone",
    "roles": [{"rolename": "some", "acls": [
      {"acltype": "subscribeLiteral", "topic": "secret/#", "allow": false}]}]
  })";
  test::mosquitto broker{
    "plugin /usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so\n"
    "plugin_opt_config_file "
    + in_folder("dynsec.json") + '\n'};
  settings.mqtt.broker = broker.address();
  for (auto version : {5, 3}) {
    settings.mqtt.version = version;
    settings.client_id = "refused-" + std::to_string(version);
    auto aut = start({"secret/#", "a/#"});
    CAF_CHECK(logged("refuses the subscription secret/#: "));
    CAF_CHECK_EQUAL(metric(aut, "mqtt_subscriptions_refused_total"), 1);
    CAF_MESSAGE("the other filter works");
    CAF_CHECK(subscribed(broker.port(), "a/x"));
    CAF_CHECK(stop(aut));
    log.clear();
  }
}

CAF_TEST(a certificate must be signed by the right hand for the right host) {
  make_certificate("localhost");
  make_certificate("elsewhere");
  auto with = [&](const std::string& name) {
    return "cafile " + in_folder("ca.pem") + "\ncertfile "
           + in_folder(name + ".pem") + "\nkeyfile " + in_folder(name + ".key")
           + "\n";
  };
  test::mosquitto good{with("localhost")};
  settings.mqtt.tls.ca_file = in_folder("ca.pem");
  settings.mqtt.broker = good.address("mqtts", "localhost");
  auto aut = start({"a/#"});
  CAF_CHECK(up(aut));
  CAF_CHECK(stop(aut));
  CAF_MESSAGE("WHEN the certificate is another host's");
  test::mosquitto evil{with("elsewhere")};
  settings.mqtt.broker = evil.address("mqtts", "localhost");
  aut = start({"a/#"});
  CAF_CHECK(logged("the broker's certificate is not for localhost"));
  CAF_CHECK_EQUAL(metric(aut, "mqtt_connected"), 0);
  CAF_CHECK(stop(aut));
  CAF_MESSAGE("WHEN no trusted authority signed it");
  settings.mqtt.broker = good.address("mqtts", "localhost");
  settings.mqtt.tls.ca_file = in_folder("elsewhere.pem");
  aut = start({"a/#"});
  CAF_CHECK(logged("the broker's certificate: self-signed"));
  CAF_CHECK_EQUAL(metric(aut, "mqtt_connected"), 0);
  CAF_MESSAGE(log.text());
  CAF_CHECK(stop(aut));
}

CAF_TEST(a broker may ask for our certificate) {
  make_certificate("localhost");
  make_certificate("logger");
  test::mosquitto broker{"cafile " + in_folder("ca.pem") + "\ncertfile "
                         + in_folder("localhost.pem") + "\nkeyfile "
                         + in_folder("localhost.key")
                         + "\nrequire_certificate true\n"};
  settings.mqtt.tls.ca_file = in_folder("ca.pem");
  settings.mqtt.broker = broker.address("ssl", "localhost");
  auto aut = start({"a/#"});
  CAF_CHECK(logged("mqtt: "));
  CAF_CHECK_EQUAL(metric(aut, "mqtt_connected"), 0);
  CAF_CHECK(stop(aut));
  settings.mqtt.tls.certificate_file = in_folder("logger.pem");
  settings.mqtt.tls.key_file = in_folder("logger.key");
  aut = start({"a/#"});
  CAF_CHECK(up(aut));
  CAF_CHECK(stop(aut));
}

CAF_TEST(websockets work with and without TLS) {
  make_certificate("localhost");
  // This mosquitto wants a listener without websockets as well.
  test::held_port held;
  auto port = held.number();
  auto listener
    = "listener " + std::to_string(port) + " 127.0.0.1\nprotocol websockets\n";
  test::mosquitto plain{listener};
  settings.mqtt.broker = "ws://127.0.0.1:" + std::to_string(port);
  auto aut = start({"a/#"});
  CAF_CHECK(up(aut));
  CAF_CHECK(subscribed(plain.port(), "a/x"));
  CAF_CHECK(stop(aut));
  plain.stop();
  test::mosquitto secure{listener + "cafile " + in_folder("ca.pem")
                         + "\ncertfile " + in_folder("localhost.pem")
                         + "\nkeyfile " + in_folder("localhost.key") + "\n"};
  settings.mqtt.tls.ca_file = in_folder("ca.pem");
  settings.mqtt.broker = "wss://localhost:" + std::to_string(port);
  aut = start({"a/#"});
  CAF_CHECK(up(aut));
  CAF_CHECK(subscribed(secure.port(), "a/x"));
  CAF_CHECK(stop(aut));
}

CAF_TEST(a broker that does not answer is logged once a minute) {
  silent_port port;
  settings.mqtt.broker = "tcp://127.0.0.1:" + std::to_string(port.number());
  auto aut = start({"a/#"});
  CAF_CHECK(logged("cannot reach"));
  // Each attempt but the first makes two connections.
  auto before = port.connections();
  CAF_CHECK(eventually([&] { return port.connections() > before + 6; }));
  CAF_CHECK_EQUAL(times("cannot reach"), 1u);
}

CAF_TEST(what the broker throws away is a metric and no message) {
  test::mosquitto broker{"max_queued_messages 10\nmax_inflight_messages 1\n"};
  settings.mqtt.broker = broker.address();
  auto aut = start({"a/#"});
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  sink->stall();
  {
    test::mqtt_probe probe{broker.port()};
    for (auto i = 0; i < 2000; ++i)
      probe.publish("a/b", std::string(20000, 'x'));
  }
  sink->go_on();
  CAF_CHECK(
    eventually([&] { return metric(aut, "broker_dropped_messages") > 0; }));
  for (auto& line : sink->taken())
    CAF_CHECK_EQUAL(line.compare(0, 2, "a/"), 0);
}

CAF_TEST(a filter of the brokers own words is kept apart from ours) {
  test::mosquitto broker;
  settings.mqtt.broker = broker.address();
  start({"$SYS/broker/publish/messages/dropped"});
  CAF_CHECK(eventually([&] { return !sink->taken().empty(); }));
  auto taken = sink->taken();
  CAF_CHECK_EQUAL(taken.at(0), "$SYS/broker/publish/messages/dropped#1! 0");
}

CAF_TEST_FIXTURE_SCOPE_END()
