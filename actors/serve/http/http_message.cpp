#include "actors/serve/http/http_message.hpp"

#include "actors/serve/api/json_writer.hpp"

#include <algorithm>

namespace rrdflow {

const std::string* find(const http_parameters& xs, std::string_view name) {
  auto i = std::find_if(xs.begin(), xs.end(),
                        [&](auto& x) { return x.first == name; });
  return i == xs.end() ? nullptr : &i->second;
}

size_t count(const http_parameters& xs, std::string_view name) {
  return static_cast<size_t>(std::count_if(xs.begin(), xs.end(), [&](auto& x) {
    return x.first == name;
  }));
}

http_response error_response(unsigned status, std::string_view text) {
  json_writer out;
  out.begin_object();
  out.member("error", text);
  out.end_object();
  return json_response(out.take(), status);
}

http_response json_response(std::string body, unsigned status) {
  http_response result;
  result.status = status;
  result.body = std::move(body);
  result.body += '\n';
  return result;
}

} // namespace rrdflow
