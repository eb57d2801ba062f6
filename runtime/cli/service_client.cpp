#include "runtime/cli/service_client.hpp"

#include "actors/base/file.hpp"

#include <curl/curl.h>

#include <cstring>
#include <memory>

namespace rrdflow {

namespace {

/// More than any answer of the service.
constexpr size_t max_answer = 256 << 20;

/// Seconds; longer than the 60 after which the service gives up.
constexpr long timeout = 75;

constexpr size_t max_token = 4096;

caf::expected<std::string> read_token(const std::string& file) {
  auto result = read_file(file);
  if (!result)
    return result.error();
  auto end = result->find_last_not_of("\r\n\t ") + 1;
  result->erase(end);
  if (end == 0 || end > max_token
      || result->find_first_of("\r\n") != std::string::npos)
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

} // namespace

caf::expected<service_client> service_client::make(const http_config& x) {
  if (x.listen.empty())
    return fail(ec::bad_config, "http.listen is empty: there is no address to "
                                "talk to");
  service_client result;
  auto& address = x.listen.front();
  result.address_ = address.text;
  result.base_ = "http://" + result.address_;
  if (!address.path.empty()) {
    result.socket_ = address.path;
    result.base_ = "http://localhost";
  } else if (address.host.empty() || address.host == "0.0.0.0") {
    result.base_ = "http://127.0.0.1:" + std::to_string(address.port);
  } else if (address.host == "::") {
    result.base_ = "http://[::1]:" + std::to_string(address.port);
  }
  if (!x.token_file.empty()) {
    auto token = read_token(x.token_file);
    if (!token)
      return std::move(token.error());
    result.authorization_ = "Authorization: Bearer " + *token;
  }
  return result;
}

caf::expected<service_answer>
service_client::ask(const std::string& path, const query_parameters& query,
                    bool post) const {
  std::unique_ptr<CURL, void (*)(CURL*)> handle{curl_easy_init(),
                                                curl_easy_cleanup};
  auto curl = handle.get();
  if (curl == nullptr)
    return fail(ec::io_failed, "libcurl does not start");
  auto url = base_ + path;
  auto separator = '?';
  for (auto& [name, value] : query) {
    auto escaped
      = curl_easy_escape(curl, value.data(), static_cast<int>(value.size()));
    url += separator + name + '=' + (escaped ? escaped : "");
    curl_free(escaped);
    separator = '&';
  }
  // The service always knows this name, whatever its address is.
  auto list = curl_slist_append(nullptr, "Host: localhost");
  list = curl_slist_append(list, "X-Rrdflow: 1");
  if (!authorization_.empty())
    list = curl_slist_append(list, authorization_.c_str());
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers{
    list, curl_slist_free_all};
  service_answer result;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &result.body);
  if (!socket_.empty())
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  if (post) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, 0L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
  }
  auto code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &result.status);
  if (code == CURLE_OK)
    return result;
  auto reason = address_ + ": " + curl_easy_strerror(code);
  if (result.status == 0)
    return fail(ec::not_found, "no service at " + reason);
  return fail(ec::io_failed, reason);
}

} // namespace rrdflow
