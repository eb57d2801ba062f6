#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Where a series comes from.
struct series_origin {
  std::string topic;

  /// In the payload.
  std::string path;
};

/// Identifies an origin; 0 stands for one that is not known (an empty topic).
uint64_t origin_key(std::string_view topic, std::string_view path);

/// Keeps the origins of all series in little memory: a text says what of topic
/// and path is not in the series' name anyhow.
///
/// Limitations: 4 GiB of texts; later ones are lost (read back as empty).
/// Nothing is freed before the end.
class origin_store {
public:
  /// Keeps an origin of the series called `name`; the result is for `at`.
  uint32_t
  add(std::string_view name, std::string_view topic, std::string_view path);

  /// The origin that was added under the same name.
  series_origin at(uint32_t ref, std::string_view name) const;

private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t left_ = 0;
};

} // namespace rrdflow
