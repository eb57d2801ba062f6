#pragma once

#include "config/config_ptr.hpp"

#include <string>
#include <vector>

namespace rrdflow {

/// Names the tables of the configuration that differ and that only a restart
/// applies, e.g. "mqtt".
std::vector<std::string> changed_tables(const config& x, const config& y);

/// Logs which values were set at run time, and which of them do not fit the
/// configuration `file` any more; `text` is `config::text`.
void log_run_time_values(const std::string& text, const std::string& file);

} // namespace rrdflow
