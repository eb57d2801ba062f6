#pragma once

#include "runtime/cli/console.hpp"
#include "runtime/cli/exit_code.hpp"
#include "runtime/cli/service_client.hpp"

#include <optional>
#include <string>

namespace rrdflow {

/// Asks the service for a verb: what goes wrong is printed and becomes the
/// verb's exit code.
class asker {
public:
  asker(service_client client, console& terminal)
    : client_{std::move(client)}, terminal_{terminal} {
    // nop
  }

  /// The body of a good answer, or nothing.
  std::optional<std::string>
  get(const std::string& path, const query_parameters& query = {}) {
    return take(client_.get(path, query));
  }

  std::optional<std::string>
  post(const std::string& path, const query_parameters& query) {
    return take(client_.post(path, query));
  }

  /// Prints "rrdflow: text" and makes `code` the verb's exit code.
  void fail(int code, const std::string& text);

  int code() const noexcept {
    return code_;
  }

  console& terminal() noexcept {
    return terminal_;
  }

private:
  std::optional<std::string> take(caf::expected<service_answer> x);

  service_client client_;
  console& terminal_;
  int code_ = exit_ok;
};

} // namespace rrdflow
