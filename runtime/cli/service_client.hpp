#pragma once

#include "config/http_config.hpp"
#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <memory>
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

  service_client(service_client&&) noexcept;
  service_client& operator=(service_client&&) noexcept;
  ~service_client();

  /// @returns ec::not_found if nobody answers at the address, ec::io_failed if
  ///          the answer broke off.
  caf::expected<service_answer>
  get(const std::string& path, const query_parameters& query = {});

  /// Parameters travel in the query, as the service's page sends them.
  caf::expected<service_answer>
  post(const std::string& path, const query_parameters& query);

  /// The address, for messages.
  const std::string& address() const noexcept;

private:
  struct connection;

  explicit service_client(std::unique_ptr<connection> x);

  caf::expected<service_answer>
  ask(const std::string& path, const query_parameters& query, bool post);

  std::unique_ptr<connection> connection_;
};

} // namespace rrdflow
