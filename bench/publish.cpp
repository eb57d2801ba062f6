// Publishes over a bare socket (MQTT 3.1.1), as fast as the broker takes it or
// at a rate:
//
//   publish PORT QOS SERIES COUNT RATE PREFIX
//
// Messages go to plant/hall-H/sensor-S/gauge-temperature, each series in turn;
// a payload is PREFIX and a number. RATE 0: no limit. Prints the seconds it
// took. With QoS 1 at most 1000 messages are not acknowledged.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

using steady = std::chrono::steady_clock;

void send_all(int fd, const std::string& x) {
  for (size_t at = 0; at < x.size();) {
    auto n = ::send(fd, x.data() + at, x.size() - at, MSG_NOSIGNAL);
    if (n <= 0)
      std::exit(1);
    at += static_cast<size_t>(n);
  }
}

/// Reads acknowledgements; @returns how many.
long receive(int fd, size_t& rest) {
  char data[65536];
  auto n = ::recv(fd, data, sizeof(data), 0);
  if (n <= 0)
    std::exit(1);
  rest += static_cast<size_t>(n);
  auto result = rest / 4;
  rest %= 4;
  return static_cast<long>(result);
}

void append(std::string& out, const std::string& topic,
            const std::string& payload, unsigned id) {
  auto size = 2 + topic.size() + (id != 0 ? 2 : 0) + payload.size();
  if (size > 16383 || topic.size() > 16383)
    std::exit(64);
  out += static_cast<char>(id != 0 ? 0x32 : 0x30);
  if (size > 127)
    out += static_cast<char>(size % 128 | 128);
  out += static_cast<char>(size > 127 ? size / 128 : size);
  out += static_cast<char>(topic.size() / 256);
  out += static_cast<char>(topic.size() % 256);
  out += topic;
  if (id != 0) {
    out += static_cast<char>(id / 256);
    out += static_cast<char>(id % 256);
  }
  out += payload;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 7)
    return 64;
  auto qos = std::atoi(argv[2]);
  auto series = std::atol(argv[3]);
  auto count = std::atol(argv[4]);
  auto rate = std::atof(argv[5]);
  std::string prefix = argv[6];
  auto fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(argv[1])));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address))
      != 0)
    return 1;
  int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  send_all(fd, std::string{"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00", 14});
  char answer[4];
  if (::recv(fd, answer, 4, MSG_WAITALL) != 4 || answer[3] != 0)
    return 1;
  auto begin = steady::now();
  size_t rest = 0;
  long open = 0;
  for (long sent = 0; sent < count;) {
    std::string out;
    for (auto end = std::min(count, sent + (rate > 0 ? 20 : 200)); sent < end;
         ++sent) {
      auto i = sent % series;
      append(out,
             "plant/hall-" + std::to_string(i % 100) + "/sensor-"
               + std::to_string(i) + "/gauge-temperature",
             prefix + std::to_string(sent % 1000) + ".5",
             qos == 0 ? 0 : static_cast<unsigned>(sent % 65535 + 1));
      open += qos;
    }
    send_all(fd, out);
    while (open > (sent < count ? 800 : 0))
      open -= receive(fd, rest);
    if (rate > 0)
      std::this_thread::sleep_until(
        begin
        + std::chrono::duration_cast<steady::duration>(
          std::chrono::duration<double>{static_cast<double>(sent) / rate}));
  }
  // An answer to a ping says that the broker has seen all before.
  send_all(fd, std::string{"\xc0\x00", 2});
  char pong[2];
  if (::recv(fd, pong, 2, MSG_WAITALL) != 2)
    return 1;
  std::printf("%.6f\n",
              std::chrono::duration<double>{steady::now() - begin}.count());
  send_all(fd, std::string{"\xe0\x00", 2});
  ::close(fd);
  return 0;
}
