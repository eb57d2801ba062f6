#pragma once

#include "actors/serve/http/http_message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Decides who may ask.
///
/// - Only GET, HEAD and POST.
/// - The field Host must name this service: a page of a foreign site whose name
///   was rebound to our address is refused.
/// - With a token, everything but /healthz needs it, as Bearer or as the
///   password of Basic.
/// - A POST needs the field `X-Rrdflow: 1`, which a foreign page cannot send
///   without asking first.
class http_gate {
public:
  /// `token` is empty if none is needed; `hosts` are names beyond those of the
  /// loopback interface, without ports.
  http_gate(std::string token, const std::vector<std::string>& hosts);

  /// The refusal that `x` gets, or nothing if it may pass.
  std::optional<http_response> refuse(const http_request& x) const;

private:
  bool knows(std::string_view host) const;
  bool may_enter(std::string_view authorization) const;

  std::string token_;
  std::vector<std::string> hosts_;
};

/// Compares without telling by its duration where the texts differ.
bool equal_in_constant_time(std::string_view secret, std::string_view guess);

/// The field Host without its port and in lower case, e.g. "[::1]".
std::string host_name(std::string_view host);

} // namespace rrdflow
