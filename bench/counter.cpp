// A bare consumer: subscribes with paho and counts.
//
//   counter PORT FILTER QOS COUNT
//
// Says "ready" when it is subscribed, ends at COUNT messages, and says how many
// seconds of CPU time these took.

#include <MQTTAsync.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>

namespace {

std::atomic<long> count{0};
std::atomic<bool> failed{false};
MQTTAsync client;
const char* filter;
int qos;

int arrived(void*, char* topic, int, MQTTAsync_message* x) {
  count.fetch_add(1, std::memory_order_relaxed);
  MQTTAsync_freeMessage(&x);
  MQTTAsync_free(topic);
  return 1;
}

/// CPU seconds of the process.
double cpu() {
  timespec x{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &x);
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_nsec) / 1e9;
}

std::atomic<double> cpu_before{0};

void subscribed(void*, MQTTAsync_successData5*) {
  cpu_before = cpu();
  std::puts("ready");
  std::fflush(stdout);
}

void refused(void*, MQTTAsync_failureData5*) {
  failed = true;
}

void connected(void*, MQTTAsync_successData5*) {
  MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
  options.onSuccess5 = subscribed;
  options.onFailure5 = refused;
  MQTTAsync_subscribe(client, filter, qos, &options);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 5)
    return 64;
  filter = argv[2];
  qos = std::atoi(argv[3]);
  auto wanted = std::atol(argv[4]);
  auto url = "tcp://127.0.0.1:" + std::string{argv[1]};
  MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
  if (MQTTAsync_createWithOptions(&client, url.c_str(), "counter",
                                  MQTTCLIENT_PERSISTENCE_NONE, nullptr,
                                  &options)
      != MQTTASYNC_SUCCESS)
    return 1;
  MQTTAsync_setCallbacks(client, nullptr, nullptr, arrived, nullptr);
  MQTTAsync_connectOptions how = MQTTAsync_connectOptions_initializer5;
  how.onSuccess5 = connected;
  how.onFailure5 = refused;
  if (MQTTAsync_connect(client, &how) != MQTTASYNC_SUCCESS)
    return 1;
  while (count < wanted && !failed)
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  if (failed)
    return 1;
  std::printf("%.6f\n", cpu() - cpu_before);
  return 0;
}
