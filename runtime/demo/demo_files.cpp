#include "runtime/demo/demo_files.hpp"

#include "messages/error.hpp"
#include "runtime/demo/sensors.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace rrdflow {

namespace {

bool is_free(uint16_t port) {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  auto result
    = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::close(fd);
  return result;
}

/// The first free port from `port` on.
uint16_t free_port(uint16_t port) {
  for (auto tries = 0; tries < 100 && !is_free(port); ++tries)
    ++port;
  return port;
}

/// `text` as a TOML string.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (auto x : text) {
    if (x == '"' || x == '\\')
      result += '\\';
    result += x;
  }
  return result + '"';
}

} // namespace

caf::expected<demo_files> demo_files::make(const demo_options& options) {
  demo_files result;
  std::error_code err;
  if (options.directory.empty()) {
    auto name = (std::filesystem::temp_directory_path() / "rrdflow-demo-XXXXXX")
                  .string();
    if (::mkdtemp(name.data()) == nullptr)
      return fail(ec::io_failed, name + ": " + std::strerror(errno));
    result.folder_ = name;
    result.temporary_ = true;
  } else {
    result.folder_ = std::filesystem::absolute(options.directory, err).string();
    std::filesystem::create_directories(result.folder_, err);
    if (err)
      return fail(ec::io_failed, result.folder_ + ": " + err.message());
  }
  result.http_.listen
    = {"127.0.0.1:" + std::to_string(free_port(options.port))};
  std::ofstream out{result.configuration()};
  out << "# Written by `rrdflow demo` at each start.\n"
      << "[store]\ndirectory = " << quoted(result.folder_ + "/store")
      << "\n[mqtt]\nbroker = \"embedded\"\n"
      << "[cache]\nflush_after = \"10s\"\nflush_jitter = \"5s\"\n"
      << "[snapshot]\nevery = \"10s\"\n"
      << "[writer]\ncreates_per_second = 1000\n"
      << "[limits]\ndisk_reserve = \"256MiB\"\n"
      << "[http]\nlisten = [\"" << result.http_.listen.front() << "\"]\n"
      << sensor_network::rules();
  out.close();
  if (!out)
    return fail(ec::io_failed, result.configuration() + ": cannot be written");
  return result;
}

demo_files::~demo_files() {
  std::error_code err;
  if (temporary_)
    std::filesystem::remove_all(folder_, err);
}

std::string demo_files::broker_address() const {
  std::ifstream in{folder_ + "/store/broker/port"};
  auto port = 0;
  in >> port;
  return "tcp://127.0.0.1:" + std::to_string(port);
}

} // namespace rrdflow
