#pragma once

#include "runtime/cli/verbs.hpp"

#include <optional>
#include <string>

namespace rrdflow {

/// Asks the service for a verb: what goes wrong is printed and becomes the
/// verb's exit code.
class asker {
public:
  asker(service_client& client, console& terminal)
    : client_{client}, terminal_{terminal} {
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

  int fail(int code, const std::string& text) {
    return code_ = terminal_.fail(code, text);
  }

  int code() const noexcept {
    return code_;
  }

  console& terminal() noexcept {
    return terminal_;
  }

private:
  std::optional<std::string> take(caf::expected<service_answer> x);

  service_client& client_;
  console& terminal_;
  int code_ = EX_OK;
};

} // namespace rrdflow
