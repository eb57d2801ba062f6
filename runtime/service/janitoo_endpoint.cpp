#include "runtime/service/janitoo_endpoint.hpp"

#include "actors/catalog/path_escape.hpp"
#include "actors/janitoo/janitoo_node.hpp"
#include "messages/error.hpp"
#include "runtime/service/guarded_actor.hpp"

#include <caf/scoped_actor.hpp>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

namespace rrdflow {

void janitoo_endpoint::spawn(caf::actor_system& system,
                             const flow_parts& parts) {
  at_start_ = parts.settings.janitoo;
  if (!at_start_.enabled)
    return;
  janitoo_settings settings;
  settings.configuration = std::make_shared<config>(parts.settings);
  settings.queue = parts.mqtt.node;
  settings.file_exists = [folder = parts.settings.store.directory
                                   + "/rrd/"](const std::string& rrd) {
    auto path = escape_name(rrd);
    return path && ::access((folder + *path + ".rrd").c_str(), F_OK) == 0;
  };
  // The main thread waits for signals.
  settings.reload = [] { ::kill(::getpid(), SIGHUP); };
  settings.metrics = parts.metrics;
  actor_guard guard;
  guard.goes_on = true;
  guard.hook = parts.switches.on_message;
  node_ = spawn_guarded<janitoo_node_state, caf::detached>(system, guard,
                                                           std::move(settings));
}

void janitoo_endpoint::follow(const flow_handles& x) {
  if (node_)
    caf::anon_send(node_, atom::flow_v, x);
}

void janitoo_endpoint::configure(config x) {
  if (!node_)
    return;
  x.janitoo.enabled = at_start_.enabled;
  x.janitoo.hadd = at_start_.hadd;
  x.janitoo.http_hadd = at_start_.http_hadd;
  config_ptr shared = std::make_shared<config>(std::move(x));
  caf::anon_send(node_, atom::configure_v, std::move(shared));
}

void janitoo_endpoint::leave(caf::scoped_actor& self) {
  using namespace std::chrono_literals;
  if (!node_)
    return;
  self->request(node_, 2s, atom::stop_v)
    .receive([](caf::ok_atom) {},
             [](caf::error& err) {
               spdlog::warn("janitoo: no OFFLINE: {}", explain(err));
             });
  self->send_exit(node_, caf::exit_reason::user_shutdown);
  // For paho's threads; with the connection it would be gone.
  std::this_thread::sleep_for(100ms);
}

} // namespace rrdflow
