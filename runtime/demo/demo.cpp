#include "runtime/demo/demo.hpp"

#include "messages/error.hpp"
#include "runtime/cli/metric_lines.hpp"
#include "runtime/cli/service_client.hpp"
#include "runtime/demo/child.hpp"
#include "runtime/demo/demo_files.hpp"
#include "runtime/demo/publisher.hpp"
#include "runtime/demo/sensors.hpp"
#include "runtime/service/signals.hpp"

#include <sysexits.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

double epoch_seconds() {
  return std::chrono::duration<double>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// The sum of all metrics of one name in the answer of /metrics.
double sum_of(const std::string& text, const std::string& name) {
  auto result = 0.0;
  for (auto& x : parse_metric_lines(text))
    if (x.name == "rrdflow_" + name)
      result += std::strtod(x.value.c_str(), nullptr);
  return result;
}

/// The demo while it runs.
class demo {
public:
  demo(const demo_options& options, demo_files files)
    : options_{options}, files_{std::move(files)},
      network_{std::max<size_t>(1, options.sensors), 1} {
    // nop
  }

  int run();

private:
  caf::error start();
  caf::error wait_until_ready(child& service);
  int stream(child& service);
  void print_line(int second);

  const demo_options& options_;
  demo_files files_;
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
    // What a pause of ours held back is not made up for by more than a second.
    sent = std::max(sent, (passed.count() - 1) * options_.rate);
    while (sent < passed.count() * options_.rate) {
      auto x = network_.next(epoch_seconds());
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
  if (!service) {
    std::fprintf(stderr, "%s\n", explain(service.error()).c_str());
    return EX_OSERR;
  }
  auto client = service_client::make(files_.http());
  if (!client) {
    std::fprintf(stderr, "%s\n", explain(client.error()).c_str());
    return EX_SOFTWARE;
  }
  client_.emplace(std::move(*client));
  if (auto err = wait_until_ready(*service)) {
    std::fprintf(stderr, "%s\n", explain(err).c_str());
    return EX_UNAVAILABLE;
  }
  auto connected = publisher::connect(files_.broker_address());
  if (!connected) {
    std::fprintf(stderr, "%s\n", explain(connected.error()).c_str());
    return EX_UNAVAILABLE;
  }
  publisher_.emplace(std::move(*connected));
  std::printf("\n  %zu sensors send %.0f messages a second to %s\n"
              "  files   %s\n"
              "  page    http://%s/\n"
              "  Ctrl-C ends it.\n\n",
              options_.sensors, options_.rate, files_.broker_address().c_str(),
              files_.rrd_folder().c_str(),
              files_.http().listen.front().c_str());
  std::fflush(stdout);
  auto result = stream(*service);
  auto code = service->stop(60s);
  return result == EX_OK ? code : result;
}

} // namespace

int run_demo(const demo_options& options) {
  block_signals();
  auto files = demo_files::make(options);
  if (!files) {
    std::fprintf(stderr, "%s\n", explain(files.error()).c_str());
    return EX_CANTCREAT;
  }
  return demo{options, std::move(*files)}.run();
}

} // namespace rrdflow
