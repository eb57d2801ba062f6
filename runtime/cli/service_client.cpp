#include "runtime/cli/service_client.hpp"

#include <curl/curl.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace rrdflow {

namespace {

/// More than any answer of the service.
constexpr size_t max_answer = 256 << 20;

/// Seconds; the service itself gives up after 60.
constexpr long patience = 75;

constexpr size_t max_token = 4096;

caf::expected<std::string> read_token(const std::string& file) {
  std::unique_ptr<FILE, int (*)(FILE*)> in{fopen(file.c_str(), "re"), fclose};
  std::string result(max_token + 1, '\0');
  if (in)
    result.resize(fread(result.data(), 1, result.size(), in.get()));
  if (!in || ferror(in.get()))
    return fail(ec::io_failed, file + ": " + std::strerror(errno));
  while (!result.empty() && std::strchr("\r\n\t ", result.back()))
    result.pop_back();
  if (result.empty() || result.size() > max_token
      || result.find_first_of("\r\n") != std::string::npos)
    return fail(ec::bad_config, file + ": the token is not one line");
  return result;
}

size_t collect(char* bytes, size_t, size_t n, void* out) {
  auto& body = *static_cast<std::string*>(out);
  if (body.size() + n > max_answer)
    return 0;
  body.append(bytes, n);
  return n;
}

bool starts_with(const std::string& x, const char* y) {
  return x.compare(0, std::strlen(y), y) == 0;
}

} // namespace

struct service_client::connection {
  CURL* handle = curl_easy_init();
  curl_slist* headers = nullptr;
  std::string address;

  /// "http://host:port".
  std::string base;
  std::string socket;

  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  ~connection() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(handle);
  }

  void add_header(const std::string& x) {
    headers = curl_slist_append(headers, x.c_str());
  }

  std::string url(const std::string& path, const query_parameters& query) {
    auto result = base + path;
    auto separator = '?';
    for (auto& [name, value] : query) {
      auto escaped = curl_easy_escape(handle, value.data(),
                                      static_cast<int>(value.size()));
      result += separator + name + '=' + (escaped ? escaped : "");
      curl_free(escaped);
      separator = '&';
    }
    return result;
  }
};

caf::expected<service_client> service_client::make(const http_config& x) {
  if (x.listen.empty())
    return fail(ec::bad_config, "http.listen is empty: there is no address to "
                                "talk to");
  auto result = std::make_unique<connection>();
  if (!result->handle)
    return fail(ec::io_failed, "libcurl does not start");
  result->address = x.listen.front();
  result->base = "http://" + result->address;
  if (starts_with(result->address, "unix:")) {
    result->socket = result->address.substr(5);
    result->base = "http://localhost";
  } else if (starts_with(result->address, "0.0.0.0:")) {
    result->base = "http://127.0.0.1:" + result->address.substr(8);
  } else if (starts_with(result->address, "[::]:")) {
    result->base = "http://[::1]:" + result->address.substr(5);
  }
  // The service always knows this name, whatever its address is.
  result->add_header("Host: localhost");
  result->add_header("X-Rrdflow: 1");
  if (!x.token_file.empty()) {
    auto token = read_token(x.token_file);
    if (!token)
      return std::move(token.error());
    result->add_header("Authorization: Bearer " + *token);
  }
  return service_client{std::move(result)};
}

service_client::service_client(std::unique_ptr<connection> x)
  : connection_{std::move(x)} {
  // nop
}

service_client::service_client(service_client&&) noexcept = default;
service_client& service_client::operator=(service_client&&) noexcept = default;
service_client::~service_client() = default;

const std::string& service_client::address() const noexcept {
  return connection_->address;
}

caf::expected<service_answer>
service_client::get(const std::string& path, const query_parameters& query) {
  return ask(path, query, false);
}

caf::expected<service_answer>
service_client::post(const std::string& path, const query_parameters& query) {
  return ask(path, query, true);
}

caf::expected<service_answer>
service_client::ask(const std::string& path, const query_parameters& query,
                    bool post) {
  auto& x = *connection_;
  service_answer result;
  auto curl = x.handle;
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_URL, x.url(path, query).c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, x.headers);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, patience);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &result.body);
  if (!x.socket.empty())
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, x.socket.c_str());
  if (post) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, 0L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
  }
  auto code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &result.status);
  if (code == CURLE_OK)
    return result;
  auto reason = x.address + ": " + curl_easy_strerror(code);
  if (result.status == 0)
    return fail(ec::not_found, "no service at " + reason);
  return fail(ec::io_failed, reason);
}

} // namespace rrdflow
