#pragma once

#include "actors/serve/http/http_settings.hpp"

#include <string>
#include <vector>

namespace rrdflow {

/// The newest 200 files in `<store>/bad` (RRD files, whose headers are looked
/// at again for the reason) and `<store>/quarantine` (of the journal). A folder
/// that cannot be read has none. Blocks; any thread may call.
std::vector<quarantined_file> list_quarantine(const std::string& store);

} // namespace rrdflow
