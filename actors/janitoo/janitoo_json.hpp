#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

/// JSON texts of single values.
std::string json_text(std::string_view x);
std::string json_text(int64_t x);
std::string json_text(bool x);
inline std::string json_text(const char* x) {
  return json_text(std::string_view{x});
}
inline std::string json_text(const std::string& x) {
  return json_text(std::string_view{x});
}

/// An array of JSON texts.
std::string json_array(const std::vector<std::string>& xs);

/// The members of a JSON object in their order, each with its JSON text.
class json_object {
public:
  /// Replaces the member of that name in its place, or appends it.
  json_object& set(std::string_view name, std::string json);

  /// The JSON text of a member, or null.
  const std::string* find(std::string_view name) const;

  /// Sets all members of `x`.
  void merge(const json_object& x);

  bool empty() const {
    return members_.empty();
  }

  std::string text() const;

private:
  std::vector<std::pair<std::string, std::string>> members_;
};

} // namespace rrdflow
