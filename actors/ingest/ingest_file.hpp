#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <sys/types.h>

#include <string>

namespace rrdflow {

/// The content of a small file. ec::not_found if there is none.
caf::expected<std::string> read_file(const std::string& path);

/// Replaces a file as a whole: a temporary file beside it, synced, renamed, and
/// the folder synced.
caf::error
replace_file(const std::string& path, const std::string& content, mode_t mode);

} // namespace rrdflow
