#pragma once

#include "actors/writer/rrd_folder.hpp"
#include "messages/writer_values.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string_view>

namespace rrdflow {

/// Bytes of the largest file that is handed over as a whole.
constexpr uint64_t max_handed_size = 32u << 20;

/// The bytes of a sound file.
/// @returns ec::not_found, ec::too_large, ec::damaged, or ec::io_failed if it
///          could not be read now.
caf::expected<file_copy>
copy_file(const rrd_folder& folder, std::string_view path);

} // namespace rrdflow
