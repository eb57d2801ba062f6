#pragma once

#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <cstddef>
#include <string>

namespace rrdflow {

/// Reads a small file that holds a secret: `key` is the one of the
/// configuration that names it, for the error's text.
/// @returns ec::bad_config if it cannot be opened, is no plain file, is larger
///          than `limit` bytes, or if all users may read or change it.
caf::expected<std::string>
read_secret(const std::string& key, const std::string& path, size_t limit);

/// The same for a file that a library reads.
caf::error check_secret(const std::string& key, const std::string& path);

} // namespace rrdflow
