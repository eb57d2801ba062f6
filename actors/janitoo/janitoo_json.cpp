#include "actors/janitoo/janitoo_json.hpp"

#include "actors/base/json_writer.hpp"

#include <algorithm>

namespace rrdflow {

std::string json_text(std::string_view x) {
  json_writer out;
  out.value(x);
  return out.take();
}

std::string json_text(int64_t x) {
  return std::to_string(x);
}

std::string json_text(bool x) {
  return x ? "true" : "false";
}

std::string json_array(const std::vector<std::string>& xs) {
  std::string result = "[";
  for (auto& x : xs) {
    if (result.size() > 1)
      result += ", ";
    result += x;
  }
  return result += ']';
}

json_object& json_object::set(std::string_view name, std::string json) {
  auto i = std::find_if(members_.begin(), members_.end(),
                        [name](auto& x) { return x.first == name; });
  if (i == members_.end())
    members_.emplace_back(name, std::move(json));
  else
    i->second = std::move(json);
  return *this;
}

const std::string* json_object::find(std::string_view name) const {
  for (auto& x : members_)
    if (x.first == name)
      return &x.second;
  return nullptr;
}

void json_object::merge(const json_object& x) {
  for (auto& [name, json] : x.members_)
    set(name, json);
}

std::string json_object::text() const {
  std::string result = "{";
  for (auto& [name, json] : members_) {
    if (result.size() > 1)
      result += ", ";
    result += json_text(name) + ": " + json;
  }
  return result += '}';
}

} // namespace rrdflow
