#pragma once

#include <string_view>

namespace rrdflow {

/// Whether the bytes are UTF-8 without overlong forms and surrogates.
bool is_utf8(std::string_view x) noexcept;

} // namespace rrdflow
