#include "runtime/demo/demo.hpp"

#include "actors/base/file.hpp"
#include "config/http_config.hpp"
#include "config/toml_value.hpp"
#include "messages/error.hpp"
#include "runtime/cli/metric_lines.hpp"
#include "runtime/cli/service_client.hpp"
#include "runtime/demo/child.hpp"
#include "runtime/demo/publisher.hpp"
#include "runtime/demo/sensors.hpp"
#include "runtime/service/process.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// The port that a socket on loopback gets that asks for `port`, 0 for any.
std::optional<uint16_t> try_port(uint16_t port) {
  unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto yes = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (::bind(fd.get(), generic, size) != 0
      || ::getsockname(fd.get(), generic, &size) != 0)
    return std::nullopt;
  return ntohs(address.sin_port);
}

/// The first free port from `port` on; any free one for 0.
uint16_t free_port(uint16_t port) {
  for (auto tries = 0; tries < 100; ++tries, ++port)
    if (auto found = try_port(port))
      return *found;
  return port;
}

/// The folder of a demo: its configuration and its store. A temporary one goes
/// with the object.
class demo_files {
public:
  /// Makes the folder and writes the configuration.
  static caf::expected<std::unique_ptr<demo_files>>
  make(const demo_options& options);

  demo_files(const demo_files&) = delete;
  demo_files& operator=(const demo_files&) = delete;

  ~demo_files() {
    std::error_code err;
    if (temporary_)
      std::filesystem::remove_all(folder_, err);
  }

  /// The configuration's file.
  std::string configuration() const {
    return folder_ + "/rrdflow.toml";
  }

  /// Where the RRD files are.
  std::string rrd_folder() const {
    return folder_ + "/store/rrd";
  }

  /// Where the embedded broker listens, once the service is ready.
  std::string broker_address() const;

  const http_config& http() const noexcept {
    return http_;
  }

private:
  demo_files() = default;

  caf::error make_folder(const std::string& wanted);
  caf::error write_configuration() const;

  std::string folder_;
  bool temporary_ = false;
  http_config http_;
};

caf::error demo_files::make_folder(const std::string& wanted) {
  std::error_code err;
  if (wanted.empty()) {
    auto name = (std::filesystem::temp_directory_path() / "rrdflow-demo-XXXXXX")
                  .string();
    if (::mkdtemp(name.data()) == nullptr)
      return file_error(name, errno);
    folder_ = name;
    temporary_ = true;
    return caf::none;
  }
  folder_ = std::filesystem::absolute(wanted, err).string();
  std::filesystem::create_directories(folder_, err);
  return err ? fail(ec::io_failed, folder_ + ": " + err.message())
             : caf::error{};
}

caf::error demo_files::write_configuration() const {
  auto text
    = "# Written by `rrdflow demo` at each start.\n[store]\ndirectory = "
      + toml_quoted(folder_ + "/store")
      + "\n[mqtt]\nbroker = \"embedded\"\n"
        "[cache]\nflush_after = \"10s\"\nflush_jitter = \"5s\"\n"
        "[snapshot]\nevery = \"10s\"\n"
        "[writer]\ncreates_per_second = 1000\n"
        "[limits]\ndisk_reserve = \"256MiB\"\n"
        "[http]\nlisten = [\""
      + http_.listen.front().text + "\"]\n" + sensor_network::rules();
  return replace_file(configuration(), text, 0640, false);
}

caf::expected<std::unique_ptr<demo_files>>
demo_files::make(const demo_options& options) {
  std::unique_ptr<demo_files> result{new demo_files};
  result->http_.listen.clear();
  result->http_.listen.emplace_back("127.0.0.1:"
                                    + std::to_string(free_port(options.port)));
  if (auto err = result->make_folder(options.directory))
    return err;
  if (auto err = result->write_configuration())
    return err;
  return result;
}

std::string demo_files::broker_address() const {
  std::ifstream in{folder_ + "/store/broker/port"};
  auto port = 0;
  in >> port;
  return "tcp://127.0.0.1:" + std::to_string(port);
}

/// The sum of all metrics of one name in the answer of /metrics.
double sum_of(const std::string& text, const std::string& name) {
  auto result = 0.0;
  for (auto& x : parse_metric_lines(text))
    if (x.name() == "rrdflow_" + name)
      result += std::strtod(x.value.c_str(), nullptr);
  return result;
}

int report(const caf::error& x, int code) {
  std::fprintf(stderr, "%s\n", explain(x).c_str());
  return code;
}

/// Whether a line can be printed without waiting for its reader.
bool can_print() {
  pollfd x{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&x, 1, 0) == 1;
}

/// The demo while it runs.
class demo {
public:
  demo(const demo_options& options, const demo_files& files)
    : options_{options}, files_{files}, network_{
                                          std::max<size_t>(1, options.sensors),
                                          1} {
    // nop
  }

  int run();

private:
  caf::error wait_until_ready(child& service);
  int stream(child& service);
  void print_line(int second);

  const demo_options& options_;
  const demo_files& files_;
  sensor_network network_;
  std::optional<service_client> client_;
  std::optional<publisher> publisher_;
};

caf::error demo::wait_until_ready(child& service) {
  auto limit = steady::now() + 60s;
  while (steady::now() < limit) {
    if (auto code = service.ended())
      return fail(ec::io_failed,
                  "the service ended with code " + std::to_string(*code));
    if (auto answer = client_->get("/readyz"); answer && answer->status == 200)
      return caf::none;
    if (auto signal = wait_for_signal(100ms))
      return fail(ec::shutting_down, "interrupted");
  }
  return fail(ec::io_failed, "the service does not become ready");
}

void demo::print_line(int second) {
  if (!can_print())
    return;
  auto answer = client_->get("/metrics");
  if (!answer || answer->status != 200)
    return;
  auto& text = answer->body;
  std::printf("%4d s   %9.0f messages in   %9.0f samples   %9.0f rows written"
              "   %7.0f waiting   %5.0f dead\n",
              second, sum_of(text, "messages_taken_total"),
              sum_of(text, "samples_total"), sum_of(text, "rows_written_total"),
              sum_of(text, "rows_waiting"),
              sum_of(text, "messages_dead_total"));
  std::fflush(stdout);
}

int demo::stream(child& service) {
  auto begin = steady::now();
  auto sent = 0.0;
  auto printed = 0;
  for (;;) {
    std::chrono::duration<double> passed = steady::now() - begin;
    if (options_.seconds > 0 && passed.count() >= options_.seconds)
      return EX_OK;
    if (passed.count() >= printed + 1)
      print_line(++printed);
    if (auto code = service.ended()) {
      std::fprintf(stderr, "the service ended with code %d\n", *code);
      return EX_SOFTWARE;
    }
    // After a pause, send at most a second's messages at once.
    sent = std::max(sent, (passed.count() - 1) * options_.rate);
    while (sent < passed.count() * options_.rate) {
      auto x = network_.next(static_cast<double>(wall_nanoseconds()) / 1e9);
      if (!publisher_->publish(x.topic, x.payload))
        break;
      sent += 1;
    }
    if (wait_for_signal(10ms))
      return EX_OK;
  }
}

int demo::run() {
  auto service = child::start({"run", "-c", files_.configuration()});
  if (!service)
    return report(service.error(), EX_OSERR);
  auto client = service_client::make(files_.http());
  if (!client)
    return report(client.error(), EX_SOFTWARE);
  client_.emplace(std::move(*client));
  if (auto err = wait_until_ready(*service))
    return report(err, EX_UNAVAILABLE);
  auto connected = publisher::connect(files_.broker_address());
  if (!connected)
    return report(connected.error(), EX_UNAVAILABLE);
  publisher_.emplace(std::move(*connected));
  std::printf("\n  %zu sensors send %.0f messages a second to %s\n"
              "  files   %s\n"
              "  page    http://%s/\n"
              "  Ctrl-C ends it.\n\n",
              options_.sensors, options_.rate, files_.broker_address().c_str(),
              files_.rrd_folder().c_str(),
              files_.http().listen.front().text.c_str());
  std::fflush(stdout);
  auto result = stream(*service);
  auto code = service->stop(60s);
  return result == EX_OK ? code : result;
}

} // namespace

int run_demo(const demo_options& options) {
  block_signals();
  survive_closed_pipes();
  auto files = demo_files::make(options);
  if (!files)
    return report(files.error(), EX_CANTCREAT);
  return demo{options, **files}.run();
}

} // namespace rrdflow
