#pragma once

#include <string_view>

namespace rrdflow {

/// Whether `text` is a glob: has `*` or `?`.
bool is_glob(std::string_view text);

/// Whether the whole of `name` matches `glob`: `*` stands for any bytes,
/// slashes included, `?` for one byte. Case counts.
bool name_matches_glob(std::string_view glob, std::string_view name);

/// Whether `text` is part of `name`; ASCII letters match in either case.
bool name_contains(std::string_view name, std::string_view text);

} // namespace rrdflow
