#pragma once

#include "actors/serve/http/http_daemon.hpp"
#include "tests/serve/raw_client.hpp"
#include "tests/test.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow::test {

/// Serves; `/early` is answered at once, everything else goes to `waiting`.
struct daemon_fixture {
  explicit daemon_fixture(http_limits limits = {},
                          std::vector<listen_address> listen
                          = {"127.0.0.1:0"}) {
    http_settings settings;
    settings.listen = std::move(listen);
    settings.limits = limits;
    auto opened = http_daemon::open(settings);
    if (!opened)
      CAF_FAIL(explain(opened.error()));
    uut = std::move(*opened);
    http_daemon::handlers handlers;
    handlers.front = [](const http_request& x) -> std::optional<http_response> {
      if (x.path == "/early")
        return json_response("1");
      return std::nullopt;
    };
    handlers.back = [this](http_exchange_ptr x) {
      std::lock_guard guard{mutex};
      if (echo)
        x->respond(json_response(x->request().path + " " + x->request().body));
      else
        waiting.push_back(std::move(x));
      arrived.notify_all();
    };
    if (auto err = uut->start(std::move(handlers)))
      CAF_FAIL(explain(err));
    address = uut->addresses().front();
  }

  /// Waits until `n` requests wait.
  bool await(size_t n) {
    std::unique_lock guard{mutex};
    return arrived.wait_for(guard, std::chrono::seconds{5},
                            [&] { return waiting.size() >= n; });
  }

  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<http_exchange_ptr> waiting;
  bool echo = true;
  std::string address;
  std::shared_ptr<http_daemon> uut;
};

inline const std::string plain_get
  = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

} // namespace rrdflow::test
