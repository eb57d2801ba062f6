#pragma once

#include "config/keys.hpp"

namespace rrdflow {

// What only the whole configuration shows.

/// Reports names and addresses that two tables share, and addresses that do not
/// fit together.
void check_names(const table_view& root, const config_document& x);

/// Warns of what is allowed but hardly meant, e.g. a wildcard level that no
/// name uses.
void lint(const table_view& root, const config_document& x);

} // namespace rrdflow
