#define CAF_SUITE embedded_broker

#include "actors/mqtt/broker_process.hpp"
#include "tests/mqtt/mosquitto.hpp"
#include "tests/test.hpp"

#include <signal.h>
#include <sys/wait.h>

using namespace rrdflow;
using test::eventually;

namespace {

struct fixture {
  test::temporary_folder folder;

  broker_settings settings() {
    broker_settings result;
    result.directory = folder.path() + "/broker";
    result.max_payload = 1000;
    return result;
  }

  std::unique_ptr<broker_process> start() {
    auto result = broker_process::start(settings());
    if (!result)
      CAF_FAIL(explain(result.error()));
    return std::move(*result);
  }

  /// A zombie counts as gone.
  static bool alive(pid_t pid) {
    auto stat = test::read_file("/proc/" + std::to_string(pid) + "/stat");
    return !stat.empty() && stat.find(") Z ") == std::string::npos;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(embedded_broker_tests, fixture)

CAF_TEST(it takes messages and ends when it is stopped) {
  auto uut = start();
  auto pid = uut->pid();
  CAF_CHECK(alive(pid));
  CAF_CHECK_EQUAL(uut->address(),
                  "tcp://127.0.0.1:" + std::to_string(uut->port()));
  CAF_CHECK(test::mqtt_probe{uut->port()}.publish("a", "1"));
  uut->stop();
  CAF_CHECK(!alive(pid));
  CAF_CHECK(!test::mqtt_probe{uut->port()}.ok());
}

CAF_TEST(its configuration holds what a deployment needs) {
  auto uut = start();
  auto text = test::read_file(folder.path() + "/broker/mosquitto.conf");
  for (auto line : {"persistence true", "autosave_on_changes true",
                    "allow_anonymous true", "max_queued_messages 5000000",
                    "message_size_limit 1000", " 127.0.0.1"}) {
    CAF_MESSAGE(line);
    CAF_CHECK_NOT_EQUAL(text.find(line), std::string::npos);
  }
}

CAF_TEST(it keeps its port and its messages over a stop) {
  auto port = uint16_t{0};
  {
    auto uut = start();
    port = uut->port();
    CAF_CHECK(test::mqtt_probe{port}.publish("kept", "1", true));
  }
  CAF_CHECK_NOT_EQUAL(test::read_file(folder.path() + "/broker/mosquitto.db"),
                      "");
  auto uut = start();
  CAF_CHECK_EQUAL(uut->port(), port);
}

CAF_TEST(it comes back on its port when it was killed) {
  auto uut = start();
  auto pid = uut->pid();
  ::kill(pid, SIGKILL);
  CAF_CHECK(eventually([&] {
    return uut->pid() != 0 && uut->pid() != pid
           && test::mqtt_probe{uut->port()}.publish("a", "1");
  }));
}

CAF_TEST(another port is taken when the last one is in use) {
  auto first = start();
  auto port = first->port();
  test::temporary_folder other;
  auto x = settings();
  x.directory = other.path() + "/broker";
  std::filesystem::create_directory(x.directory);
  test::write_file(x.directory + "/port", std::to_string(port));
  auto second = broker_process::start(x);
  CAF_REQUIRE(second);
  CAF_CHECK_NOT_EQUAL((*second)->port(), port);
  CAF_MESSAGE("but a port that was asked for is not replaced");
  x.port = port;
  CAF_CHECK(!broker_process::start(x));
}

CAF_TEST(a missing executable is an error) {
  auto x = settings();
  x.executable = folder.path() + "/mosquitto";
  auto result = broker_process::start(x);
  CAF_REQUIRE(!result);
  CAF_CHECK(result.error() == ec::io_failed);
}

CAF_TEST(an executable that ends at once is an error) {
  auto x = settings();
  x.executable = "/bin/false";
  CAF_CHECK(!broker_process::start(x));
}

CAF_TEST(it dies with us) {
  int ends[2];
  CAF_REQUIRE_EQUAL(::pipe(ends), 0);
  auto child = ::fork();
  if (child == 0) {
    auto uut = broker_process::start(settings());
    pid_t pid = uut ? (*uut)->pid() : 0;
    auto n = ::write(ends[1], &pid, sizeof(pid));
    ::pause();
    ::_exit(n == sizeof(pid) ? 0 : 1);
  }
  pid_t pid = 0;
  CAF_REQUIRE_EQUAL(::read(ends[0], &pid, sizeof(pid)), ssize_t{sizeof(pid)});
  CAF_REQUIRE(pid > 0 && alive(pid));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CAF_CHECK(eventually([&] { return !alive(pid); }));
  ::close(ends[0]);
  ::close(ends[1]);
}

CAF_TEST_FIXTURE_SCOPE_END()
