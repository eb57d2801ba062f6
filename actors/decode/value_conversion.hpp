#pragma once

#include "actors/decode/formats/scalar.hpp"
#include "config/file_definition.hpp"
#include "config/rule_config.hpp"
#include "messages/sample.hpp"

#include <optional>

namespace rrdflow {

/// Makes a value of a field, if it is one: texts become the number in them or
/// what the word stands for, truth values 1 and 0.
/// @returns false if the field has no value.
bool find_value(const word_map& words, scalar& x) noexcept;

/// Applies `scale` and makes what a source of that type takes. Integers stay
/// exact in 64 bits for the integer types.
/// @pre `find_value` took the field for a value.
/// @returns nothing if the type cannot hold the value, or it is not finite.
std::optional<value_bits>
convert(const scalar& x, double scale, source_type type) noexcept;

} // namespace rrdflow
