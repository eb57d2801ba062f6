#pragma once

#include <string>
#include <string_view>

namespace rrdflow {

/// Translates a .conf of janitoo_datalog_rrd into our TOML. What has no
/// counterpart is left out; what had to change is said in a comment.
std::string import_janitoo(std::string_view conf);

} // namespace rrdflow
