#include "actors/mqtt/broker_probe.hpp"

#include "actors/base/file.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace rrdflow {

namespace {

using std::chrono::milliseconds;

/// Connects a socket, blocking from then on; none and errno on failure.
unique_fd connect_to(const addrinfo& x, milliseconds timeout) {
  unique_fd result{
    ::socket(x.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!result)
    return result;
  auto fd = result.get();
  auto error = ::connect(fd, x.ai_addr, x.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd waiting{fd, POLLOUT, 0};
    auto size = static_cast<socklen_t>(sizeof(error));
    if (::poll(&waiting, 1, static_cast<int>(timeout.count())) != 1)
      error = ETIMEDOUT;
    else
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error == 0 && ::fcntl(fd, F_SETFL, 0) == 0)
    return result;
  if (error != 0)
    errno = error;
  result.reset();
  return result;
}

/// Connects to a TCP port. None, and the `reason`, on failure.
unique_fd connect_to(const std::string& host, uint16_t port,
                     milliseconds timeout, std::string& reason) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  auto service = std::to_string(port);
  if (auto rc = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found)) {
    reason = ::gai_strerror(rc);
    return {};
  }
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses{found,
                                                           ::freeaddrinfo};
  for (auto x = found; x != nullptr; x = x->ai_next)
    if (auto fd = connect_to(*x, timeout))
      return fd;
  reason = std::strerror(errno);
  return {};
}

/// What OpenSSL said last on this thread, or `otherwise`.
std::string last_error(const char* otherwise) {
  auto code = ERR_peek_last_error();
  auto text = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return text != nullptr ? text : otherwise;
}

void limit_io(int fd, milliseconds x) {
  timeval t{};
  t.tv_sec = x.count() / 1000;
  t.tv_usec = x.count() % 1000 * 1000;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
}

bool is_address(const std::string& host) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1
         || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

/// The server asks for the client's certificate.
int note_demand(SSL*, void* demanded) {
  *static_cast<bool*>(demanded) = true;
  return 1;
}

std::string use_files(SSL_CTX* context, const tls_config& tls) {
  auto wrong = [](const std::string& file) {
    return file + ": " + last_error("cannot be read");
  };
  auto known
    = tls.ca_file.empty()
        ? SSL_CTX_set_default_verify_paths(context)
        : SSL_CTX_load_verify_locations(context, tls.ca_file.c_str(), nullptr);
  if (known != 1)
    return wrong(tls.ca_file);
  auto& certificate = tls.certificate_file;
  if (certificate.empty())
    return {};
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return wrong(certificate);
  auto& key = tls.key_file.empty() ? certificate : tls.key_file;
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return wrong(key);
  return {};
}

/// Why the handshake failed.
std::string describe(SSL* ssl, const std::string& host) {
  auto result = SSL_get_verify_result(ssl);
  if (result == X509_V_ERR_HOSTNAME_MISMATCH
      || result == X509_V_ERR_IP_ADDRESS_MISMATCH)
    return "the broker's certificate is not for " + host;
  if (result != X509_V_OK)
    return std::string{"the broker's certificate: "}
           + X509_verify_cert_error_string(result);
  auto reason = ERR_GET_REASON(ERR_peek_last_error());
  auto text = last_error("the other side ended the handshake; does "
                         "it speak TLS?");
  return reason == SSL_R_WRONG_VERSION_NUMBER
           ? "the other side does not speak TLS"
           : text;
}

} // namespace

std::string
probe_tcp(const std::string& host, uint16_t port, milliseconds timeout) {
  std::string reason;
  connect_to(host, port, timeout, reason);
  return reason;
}

std::string probe_tls(const std::string& host, uint16_t port,
                      const tls_config& tls, milliseconds timeout) {
  ERR_clear_error();
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{
    SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  if (!context)
    return last_error("no memory");
  if (auto wrong = use_files(context.get(), tls); !wrong.empty())
    return wrong;
  auto demanded = false;
  SSL_CTX_set_cert_cb(context.get(), note_demand, &demanded);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  std::unique_ptr<SSL, void (*)(SSL*)> ssl{SSL_new(context.get()), SSL_free};
  std::string reason;
  auto fd = connect_to(host, port, timeout, reason);
  if (!fd)
    return reason;
  limit_io(fd.get(), timeout);
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  } else {
    SSL_set1_host(ssl.get(), host.c_str());
    SSL_set_tlsext_host_name(ssl.get(), host.c_str());
  }
  SSL_set_fd(ssl.get(), fd.get());
  if (SSL_connect(ssl.get()) != 1) {
    reason = describe(ssl.get(), host);
  } else if (demanded) {
    // With TLS 1.3 the refusal of the client's certificate
    // comes after the handshake.
    limit_io(fd.get(), milliseconds{500});
    char byte;
    if (auto n = SSL_read(ssl.get(), &byte, 1);
        n <= 0 && SSL_get_error(ssl.get(), n) == SSL_ERROR_SSL)
      reason = "the broker does not take our certificate: "
               + last_error("closed by the other side");
  }
  ERR_clear_error();
  return reason;
}

} // namespace rrdflow
