#include "actors/serve/http/http_message.hpp"

#include "actors/base/json_writer.hpp"

#include <simdjson.h>

#include <algorithm>

namespace rrdflow {

namespace {

constexpr size_t max_parameters = 64;

int digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

bool json_parameters(std::string_view text, http_parameters& out) {
  simdjson::dom::parser parser;
  simdjson::padded_string padded{text};
  simdjson::dom::object object;
  if (parser.parse(padded).get(object) != simdjson::SUCCESS)
    return false;
  for (auto [name, x] : object) {
    std::string_view string;
    bool flag = false;
    if (out.size() == max_parameters)
      return false;
    if (x.get(string) == simdjson::SUCCESS)
      out.emplace_back(name, string);
    else if (x.get(flag) == simdjson::SUCCESS)
      out.emplace_back(name, flag ? "true" : "false");
    else if (x.is_number())
      out.emplace_back(name, simdjson::minify(x));
    else
      return false;
  }
  return true;
}

} // namespace

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

std::optional<std::string> percent_decode(std::string_view x, bool plus) {
  std::string result;
  result.reserve(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == '%') {
      auto high = i + 2 < x.size() ? digit(x[i + 1]) : -1;
      auto low = i + 2 < x.size() ? digit(x[i + 2]) : -1;
      if (high < 0 || low < 0)
        return std::nullopt;
      result += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      result += plus && x[i] == '+' ? ' ' : x[i];
    }
  }
  return result;
}

bool parse_parameters(std::string_view text, http_parameters& out) {
  while (!text.empty()) {
    auto part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty())
      continue;
    auto middle = std::min(part.find('='), part.size());
    auto name = percent_decode(part.substr(0, middle), true);
    auto value
      = percent_decode(part.substr(std::min(middle + 1, part.size())), true);
    if (!name || !value || out.size() == max_parameters)
      return false;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

bool parse_target(std::string_view target, http_request& out) {
  if (target.empty() || target.front() != '/')
    return false;
  auto middle = std::min(target.find('?'), target.size());
  auto path = percent_decode(target.substr(0, middle), false);
  if (!path || path->find('\0') != std::string::npos)
    return false;
  out.path = std::move(*path);
  return parse_parameters(target.substr(std::min(middle + 1, target.size())),
                          out.parameters);
}

std::string parse_body(http_request& x) {
  if (x.body.empty())
    return "";
  auto type = x.content_type.substr(0, x.content_type.find(';'));
  while (!type.empty() && type.back() == ' ')
    type.pop_back();
  if (type == "application/json")
    return json_parameters(x.body, x.parameters)
             ? ""
             : "the body is not a flat JSON object";
  if (type == "application/x-www-form-urlencoded" || type.empty())
    return parse_parameters(x.body, x.parameters) ? ""
                                                  : "the body is not a form";
  return "the body must be application/json or a form";
}

std::optional<std::string> base64_decode(std::string_view x) {
  auto value = [](char c) {
    if (c >= 'A' && c <= 'Z')
      return c - 'A';
    if (c >= 'a' && c <= 'z')
      return c - 'a' + 26;
    if (c >= '0' && c <= '9')
      return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
  };
  if (x.size() % 4 != 0)
    return std::nullopt;
  for (auto i = 0; i < 2 && !x.empty() && x.back() == '='; ++i)
    x.remove_suffix(1);
  std::string result;
  uint32_t bits = 0;
  auto have = 0;
  for (auto c : x) {
    auto v = value(c);
    if (v < 0)
      return std::nullopt;
    bits = (bits << 6 | static_cast<uint32_t>(v)) & 0xffffffu;
    have += 6;
    if (have >= 8) {
      have -= 8;
      result += static_cast<char>(bits >> have & 0xffu);
    }
  }
  return result;
}

std::optional<bool> parse_bool(std::string_view x) {
  for (auto yes : {"1", "true", "yes", "on"})
    if (x == yes)
      return true;
  for (auto no : {"", "0", "false", "no", "off"})
    if (x == no)
      return false;
  return std::nullopt;
}

} // namespace rrdflow
