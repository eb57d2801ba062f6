#include "actors/mqtt/tls_check.hpp"

#include "actors/mqtt/mqtt_sockets.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <memory>

namespace rrdflow {

namespace {

using std::chrono::milliseconds;

/// What the library said last on this thread, or `otherwise`.
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

/// The server asks for our certificate.
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
  auto verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH
      || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
    return "the broker's certificate is not for " + host;
  if (verdict != X509_V_OK)
    return std::string{"the broker's certificate: "}
           + X509_verify_cert_error_string(verdict);
  auto reason = ERR_GET_REASON(ERR_peek_last_error());
  auto text = last_error("the other side ended the handshake; does "
                         "it speak TLS?");
  return reason == SSL_R_WRONG_VERSION_NUMBER
           ? "the other side does not speak TLS"
           : text;
}

} // namespace

std::string why_no_tls(const std::string& host, uint16_t port,
                       const tls_config& tls, milliseconds limit) {
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
  auto fd = connect_to(host, port, limit, reason);
  if (fd < 0)
    return reason;
  limit_io(fd, limit);
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  } else {
    SSL_set1_host(ssl.get(), host.c_str());
    SSL_set_tlsext_host_name(ssl.get(), host.c_str());
  }
  SSL_set_fd(ssl.get(), fd);
  if (SSL_connect(ssl.get()) != 1) {
    reason = describe(ssl.get(), host);
  } else if (demanded) {
    // With TLS 1.3 the refusal of our certificate comes after the handshake.
    limit_io(fd, milliseconds{500});
    char byte;
    if (auto n = SSL_read(ssl.get(), &byte, 1);
        n <= 0 && SSL_get_error(ssl.get(), n) == SSL_ERROR_SSL)
      reason = "the broker does not take our certificate: "
               + last_error("closed by the other side");
  }
  ERR_clear_error();
  ::close(fd);
  return reason;
}

} // namespace rrdflow
