#pragma once

#include "config/config.hpp"
#include "config/table_reader.hpp"

namespace rrdflow {

// The loader's parts: each reads its tables below the root of the document.

/// Everything but `[[rule]]` and `[[rrd]]`.
void load_service(table_reader& root, config& x);

void load_rules(table_reader& root, rules_config& x);
void load_rrds(table_reader& root, rules_config& x);

/// Reads the key "format".
void load_format(table_reader& reader, payload_format& x);

/// Checks the addresses of the nodes, if `[janitoo]` is enabled.
void check_nodes(table_reader& root, const config& x);

/// The elements of an array of tables; of anything else an issue and null.
const toml_value* find_tables(table_reader& reader, const char* key);

/// Reports the entries of `filters`, the value of `key`, that are no topic
/// filters.
void check_filters(table_reader& reader, const char* key,
                   const std::vector<std::string>& filters);

/// What rules say that is allowed, but hardly meant: warnings.
void find_traps(issue_list& issues, const rules_config& rules,
                const std::vector<const toml_value*>& tables);

} // namespace rrdflow
