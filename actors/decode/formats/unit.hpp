#pragma once

#include <string_view>

namespace rrdflow {

/// Whether a text is a unit of measurement, as it stands behind a number: "°C",
/// "%", "kWh", "µg/m³". Parts are joined by "/", "*", "·" or a blank; each is a
/// known unit with a prefix (k, M, m...) where it takes any, and a power.
bool is_unit(std::string_view x) noexcept;

} // namespace rrdflow
