#pragma once

#include "config/http_config.hpp"
#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

using query_parameters = std::vector<std::pair<std::string, std::string>>;

struct service_answer {
  long status = 0;
  std::string body;
};

/// Talks HTTP to the running service. Blocks; one thread.
class service_client {
public:
  /// Prepares to talk to the first address that the service listens at. Reads
  /// the token.
  /// @returns ec::bad_config if the service has no address, ec::io_failed if
  ///          the token cannot be read.
  static caf::expected<service_client> make(const http_config& x);

  /// @returns ec::not_found if no service answers at the address, ec::io_failed
  ///          if the answer broke off.
  caf::expected<service_answer>
  get(const std::string& path, const query_parameters& query = {}) const {
    return ask(path, query, false);
  }

  /// Parameters travel in the query, as the service's page sends them.
  caf::expected<service_answer>
  post(const std::string& path, const query_parameters& query) const {
    return ask(path, query, true);
  }

  /// The address, for messages.
  const std::string& address() const noexcept {
    return address_;
  }

private:
  service_client() = default;

  caf::expected<service_answer>
  ask(const std::string& path, const query_parameters& query, bool post) const;

  std::string address_;

  /// "http://host:port".
  std::string base_;

  /// The path of a unix socket; empty: none.
  std::string socket_;

  /// The whole header; empty: none.
  std::string authorization_;
};

} // namespace rrdflow
