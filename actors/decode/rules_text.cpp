#include "actors/decode/rules_text.hpp"

#include "config/load.hpp"

namespace rrdflow {

caf::expected<rules_config> rules_of(const std::string& text) {
  auto loaded = parse_joined_config(text, "rules");
  if (!loaded.errors.empty())
    return fail(ec::bad_config, to_string(loaded.errors.front()));
  return std::move(loaded.value.rules);
}

} // namespace rrdflow
