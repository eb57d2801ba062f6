#include "actors/writer/rrd_writer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/error.hpp>
#include <caf/result.hpp>

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace rrdflow {

namespace {

constexpr auto log_interval = std::chrono::seconds{10};
constexpr uint32_t log_lines = 10;

} // namespace

rrd_writer_state::rrd_writer_state(rrd_writer_actor::pointer self)
  : self_{self}, log_{log_interval, log_lines} {
  // nop
}

void rrd_writer_state::log_trouble(const std::vector<write_outcome>& outcomes) {
  for (auto& x : outcomes) {
    if (x.error.empty() || !log_.admit(self_->clock().now()))
      continue;
    if (auto held = log_.take_held())
      spdlog::warn("{} more files gave trouble", held);
    spdlog::warn("{}", x.error);
  }
}

void rrd_writer_state::tell_changed() {
  for (auto file : engine_->take_changed())
    if (catalog_)
      self_->send(catalog_, atom::changed_v, file);
}

rrd_writer_actor::behavior_type
rrd_writer_state::make_behavior(writer_settings settings,
                                std::shared_ptr<file_names> names) {
  if (auto engine = write_engine::make(std::move(settings), std::move(names)))
    engine_ = std::move(*engine);
  else
    self_->quit(std::move(engine.error()));
  return {
    [this](atom::write, const std::vector<write_job>& jobs)
      -> caf::result<std::vector<write_outcome>> {
      auto outcomes = engine_->write(jobs);
      if (outcomes) {
        log_trouble(*outcomes);
        tell_changed();
        return std::move(*outcomes);
      }
      auto reason = outcomes.error();
      self_->quit(reason);
      return reason;
    },
    [this](atom::marker, uint64_t number) -> uint64_t {
      engine_->marker(number);
      return number;
    },
    [this](atom::read,
           const read_request& x) -> caf::result<std::vector<fetch_result>> {
      auto results = engine_->read(x);
      if (results)
        return std::move(*results);
      return std::move(results.error());
    },
    [this](atom::copy, file_id file) -> caf::result<file_copy> {
      auto copy = engine_->copy(file);
      if (copy)
        return std::move(*copy);
      return std::move(copy.error());
    },
    [this](atom::describe, const std::vector<file_id>& files)
      -> caf::result<std::vector<file_info>> {
      auto infos = engine_->describe(files);
      if (infos)
        return std::move(*infos);
      return std::move(infos.error());
    },
    [this](atom::remove,
           const std::vector<file_id>& files) -> caf::result<caf::ok_atom> {
      if (auto err = engine_->remove(files))
        return err;
      return caf::ok_atom_v;
    },
    [this](atom::reshape,
           const reshape_job& job) -> caf::result<reshape_outcome> {
      auto outcome = engine_->reshape(job);
      if (outcome)
        return std::move(*outcome);
      auto reason = outcome.error();
      self_->quit(reason);
      return reason;
    },
    [this](atom::subscribe, const caf::strong_actor_ptr& catalog) {
      catalog_ = caf::actor_cast<catalog_actor>(catalog);
    },
  };
}

} // namespace rrdflow
