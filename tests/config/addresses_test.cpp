#define CAF_SUITE addresses

#include "config/addresses.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

std::string uri(const std::string& text) {
  broker_address x{text};
  return x.mistake.empty() ? x.uri() : x.mistake;
}

} // namespace

CAF_TEST(brokers get the scheme and port that paho wants) {
  CAF_CHECK_EQUAL(uri("tcp://127.0.0.1:1883"), "tcp://127.0.0.1:1883");
  CAF_CHECK_EQUAL(uri("mqtt://broker"), "tcp://broker:1883");
  CAF_CHECK_EQUAL(uri("mqtts://broker"), "ssl://broker:8883");
  CAF_CHECK_EQUAL(uri("ssl://broker:1"), "ssl://broker:1");
  CAF_CHECK_EQUAL(uri("ws://broker/mqtt"), "ws://broker:80/mqtt");
  CAF_CHECK_EQUAL(uri("wss://broker:8443/a/b"), "wss://broker:8443/a/b");
  CAF_CHECK_EQUAL(uri("tcp://[::1]:1884"), "tcp://[::1]:1884");
  CAF_CHECK_EQUAL(uri("tcp://broker:1883/"), "tcp://broker:1883");
  CAF_CHECK(broker_address{"mqtts://a"}.secure());
  CAF_CHECK(!broker_address{"mqtt://a"}.secure());
  CAF_CHECK(broker_address{"embedded"}.embedded());
}

CAF_TEST(addresses that make no sense are named) {
  for (auto text : {"", "broker", "http://broker", "tcp://", "tcp://:1883",
                    "tcp://broker:", "tcp://broker:0", "tcp://broker:65536",
                    "tcp://broker:1x", "tcp://[::1", "tcp://[::1]x",
                    "tcp://[]:1", "tcp://a b", "tcp://a/b"})
    CAF_CHECK_NOT_EQUAL(broker_address{text}.mistake, "");
}

CAF_TEST(listeners have a host and a port or a path) {
  listen_address x{"[::1]:8081"};
  CAF_CHECK_EQUAL(x.mistake, "");
  CAF_CHECK_EQUAL(x.host, "::1");
  CAF_CHECK_EQUAL(x.port, 8081u);
  CAF_CHECK(x.local());
  x = "unix:/run/rrdflow/http.sock";
  CAF_CHECK_EQUAL(x.mistake, "");
  CAF_CHECK_EQUAL(x.path, "/run/rrdflow/http.sock");
  CAF_CHECK(x.local());
  // All interfaces.
  x = "*:8081";
  CAF_CHECK_EQUAL(x.mistake, "");
  CAF_CHECK_EQUAL(x.host, "");
  CAF_CHECK_EQUAL(x.port, 8081u);
  CAF_CHECK(!x.local());
  for (auto local : {"127.0.0.1:1", "127.1.2.3:1", "localhost:1"})
    CAF_CHECK(listen_address{local}.local());
  for (auto wide : {"0.0.0.0:1", "[::]:1", "192.0.2.1:1", "somewhere:1",
                    "127.evil.example:1"})
    CAF_CHECK(!listen_address{wide}.local());
  for (auto bad : {"", "8081", "localhost", "localhost:", "localhost:http",
                   "localhost:70000", "localhost:-1", "::1:8081", "[::1]8081",
                   "unix:", "unix:relative", "unix:/", "a:b:1", ":1", "*"})
    CAF_CHECK_NOT_EQUAL(listen_address{bad}.mistake, "");
  CAF_CHECK_NOT_EQUAL(listen_address{"unix:/" + std::string(107, 'x')}.mistake,
                      "");
}

CAF_TEST(time zones are those of the system) {
  for (auto good : {"Europe/Paris", "UTC", "Etc/GMT+1"})
    CAF_CHECK_EQUAL(time_zone_mistake(good), "");
  // Files that lie between the zones.
  for (auto bad : {"", "Mars/Olympus", "leapseconds", "posix/UTC",
                   "right/Europe/Paris", "posixrules", "../passwd", "Europe"})
    CAF_CHECK_NOT_EQUAL(time_zone_mistake(bad), "");
}
