#include "messages/register.hpp"

#include "messages/error.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_system_config.hpp>

namespace rrdflow {

void register_messages(caf::actor_system_config& cfg) {
  cfg.add_message_types<caf::id_block::rrdflow>();
  cfg.add_message_types<caf::id_block::rrdflow_interfaces>();
  cfg.add_error_category(caf::atom("rrdflow"), [](uint8_t code, caf::atom_value,
                                                  const caf::message& context) {
    std::string result = to_string(static_cast<ec>(code));
    return context.empty() ? result : result + to_string(context);
  });
}

} // namespace rrdflow
