#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rrdflow {

/// Where a series comes from.
struct series_origin {
  std::string topic;

  /// In the payload.
  std::string path;
};

/// Keeps the origins of all series in little memory: a text has what of topic
/// and path is not in the series' name. Series of one kind have the same
/// text, which is kept once.
///
/// Limitations: 4 GiB of texts; later ones are lost: read back as empty, and
/// taken for any.
/// Nothing is freed before the end.
class origin_store {
public:
  /// Keeps an origin of the series called `name`; the result is for `at`.
  /// @returns never 0xffffffff
  uint32_t
  add(std::string_view name, std::string_view topic, std::string_view path);

  /// The origin that was added under the same name.
  series_origin at(uint32_t ref, std::string_view name) const;

  /// Whether topic and path were added under this name.
  bool is(uint32_t ref, std::string_view name, std::string_view topic,
          std::string_view path) const;

private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t left_ = 0;

  /// The first texts, as far as they are short.
  std::unordered_map<std::string, uint32_t> known_;
};

} // namespace rrdflow
