#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rrdflow {

/// Reads a duration: numbers with units (ms s m h d w y; 1y is 365d), e.g.
/// "200ms", "1h", "1h30m". None if it is something else or beyond 10,000 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest way to write a duration, e.g. "90s", "2h".
std::string print_duration(std::chrono::milliseconds x);

/// Reads a size in bytes: "64MiB" (KiB MiB GiB TiB, kB MB GB TB, B or nothing
/// for bytes). None if it is something else or beyond 2^63 - 1.
std::optional<uint64_t> parse_size(std::string_view text);

/// A size for people, e.g. "849.4 KiB".
std::string print_size(uint64_t bytes);

} // namespace rrdflow
