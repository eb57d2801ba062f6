#pragma once

#include <caf/expected.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rrdflow {

/// The most bytes of one level of an escaped path. With ".rrd" and the six
/// characters of a temporary name it stays below what file systems allow.
constexpr size_t max_escaped_level = 200;

/// The most bytes of an escaped path.
constexpr size_t max_escaped_path = 4000;

/// Turns the name of a series or `[[rrd]]` into a path below `<store>/rrd`,
/// without ".rrd": each byte outside `A-Za-z0-9._-` and `/` becomes `=XX`, and
/// so do a level's leading dot or dash and the dot of a level that ends in
/// ".rrd"; an empty level becomes `=`. A first level "index.txt" above others
/// loses its dot, too: the CATALOG writes a file of that name.
///
/// Two names never share a path, no path leads out of the folder, and no file
/// ("a" is a.rrd) stands where another name needs a folder.
/// @returns ec::bad_request if a level or the whole is too long.
caf::expected<std::string> escape_name(std::string_view name);

/// The name whose path is `path`; nothing if `escape_name` never makes it.
std::optional<std::string> unescape_path(std::string_view path);

/// Appends the name of `path` to `out`.
/// @pre `escape_name` made the path.
void append_name(std::string_view path, std::string& out);

} // namespace rrdflow
