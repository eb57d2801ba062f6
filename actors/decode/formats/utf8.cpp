#include "actors/decode/formats/utf8.hpp"

#include <simdjson.h>

namespace rrdflow {

bool is_utf8(std::string_view x) noexcept {
  return simdjson::validate_utf8(x.data(), x.size());
}

} // namespace rrdflow
