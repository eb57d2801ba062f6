#include "actors/cache/cache_shard.hpp"

#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

namespace rrdflow {

namespace {

/// Unanswered messages to the writer, of each urgency.
constexpr size_t max_in_flight = 2;

/// Bytes that are packed at once: about two milliseconds.
constexpr size_t slice_bytes = 256 << 10;

/// Losses of each kind, for people who ask without saying what for.
constexpr size_t few = 20;

/// Bytes of a snapshot_part.
constexpr size_t piece_bytes = 1 << 20;

/// Takes over what a file has of its sources' last readings.
void add_last_values(file_id file, const file_info& info,
                     std::vector<last_value>& out) {
  if (info.definition == nullptr)
    return;
  auto& sources = info.definition->sources;
  for (size_t i = 0; i < info.last_values.size(); ++i)
    if (!std::isnan(info.last_values[i]))
      out.push_back({file, static_cast<uint16_t>(i),
                     info.last_update * 1'000'000'000, info.last_values[i],
                     sources[i].heartbeat});
}

} // namespace

void cache_shard_state::pump() {
  for (auto& [ticket, outcome] : engine_->take_finished())
    if (auto i = waits_.find(ticket); i != waits_.end()) {
      i->second(std::move(outcome));
      waits_.erase(i);
    }
  if (engine_->has_credit())
    for (auto& [promise, n] : std::exchange(held_credit_, {}))
      promise.deliver(n);
  hand_over();
  arm_retry();
  engine_->update_gauges();
}

void cache_shard_state::answer_release(release_promise promise,
                                       std::vector<file_id> remove,
                                       request_outcome outcome) {
  if (remove.empty()) {
    promise.deliver(std::move(outcome));
    return;
  }
  auto answer = std::make_shared<request_outcome>(std::move(outcome));
  self_->request(writer_, caf::infinite, atom::remove_v, std::move(remove))
    .then([promise, answer](
            caf::ok_atom) mutable { promise.deliver(std::move(*answer)); },
          [promise, answer](caf::error& err) mutable {
            answer->failures.push_back(explain(err));
            promise.deliver(std::move(*answer));
          });
}

void cache_shard_state::hand_over() {
  for (auto urgent : {true, false})
    while (in_flight_[urgent] < max_in_flight) {
      auto jobs = engine_->take_jobs(urgent);
      if (jobs.empty())
        break;
      send_jobs(std::move(jobs), urgent);
    }
}

void cache_shard_state::send_jobs(std::vector<write_job> jobs, bool urgent) {
  ++in_flight_[urgent];
  self_->request(writer_, caf::infinite, atom::write_v, std::move(jobs))
    .then(
      [this, urgent](const std::vector<write_outcome>& outcomes) {
        --in_flight_[urgent];
        engine_->finish(outcomes, self_->clock().now());
        pump();
      },
      [this](caf::error& err) { self_->quit(std::move(err)); });
}

/// What is not known here, e.g. of a series that the REAPER let go of, stands
/// in its file.
void cache_shard_state::answer_last(last_promise promise,
                                    std::vector<last_value> values) {
  std::vector<file_id> unknown;
  for (auto& x : values)
    if (x.time == 0 && x.source == 0)
      unknown.push_back(x.file);
  if (unknown.empty()) {
    promise.deliver(std::move(values));
    return;
  }
  auto known = std::make_shared<std::vector<last_value>>(std::move(values));
  self_->request(writer_, std::chrono::seconds{1}, atom::describe_v, unknown)
    .then(
      [promise, known, unknown](const std::vector<file_info>& infos) mutable {
        for (size_t i = 0; i < infos.size(); ++i)
          add_last_values(unknown[i], infos[i], *known);
        promise.deliver(std::move(*known));
      },
      [promise, known](const caf::error&) mutable {
        promise.deliver(std::move(*known));
      });
}

void cache_shard_state::tell(const file_warning& x) {
  if (!warning_lines_.admit(self_->clock().now()))
    return;
  auto held = warning_lines_.take_held();
  spdlog::warn("{}: {}{}", names_->path(x.file), x.text,
               held > 0 ? " (and " + std::to_string(held) + " series before)"
                        : "");
}

void cache_shard_state::arm_retry() {
  auto next = engine_->next_wake();
  if (!next || (armed_ && *armed_ <= *next))
    return;
  armed_ = next;
  self_->scheduled_send(self_, *next, atom::work_v);
}

void cache_shard_state::begin_packing(uint64_t marker, position at,
                                      const caf::strong_actor_ptr& asker) {
  engine_->mark(marker, at);
  packing_ = packing{};
  packing_->marker = marker;
  packing_->at = at;
  packing_->snapshotter = caf::actor_cast<snapshotter_actor>(asker);
  self_->request(writer_, caf::infinite, atom::marker_v, marker)
    .then(
      [this](uint64_t answered) {
        if (!packing_ || packing_->marker != answered)
          return;
        packing_->writer_answered = true;
        end_packing();
      },
      [this](caf::error& err) { self_->quit(std::move(err)); });
  self_->send(self_, atom::work_v);
}

void cache_shard_state::pack_slice() {
  if (!packing_ || packing_->packed)
    return;
  packing_->packed = !engine_->packer().pack_some(slice_bytes);
  auto& bytes = packing_->bytes;
  bytes += engine_->packer().take();
  // The last piece waits for the writer.
  size_t at = 0;
  for (; bytes.size() - at > piece_bytes; at += piece_bytes)
    send_piece(std::string_view{bytes}.substr(at, piece_bytes), false);
  bytes.erase(0, at);
  if (packing_->packed)
    end_packing();
  else
    self_->send(self_, atom::work_v);
}

void cache_shard_state::end_packing() {
  if (!packing_->packed || !packing_->writer_answered)
    return;
  send_piece(packing_->bytes, true);
  packing_.reset();
}

void cache_shard_state::send_piece(std::string_view bytes, bool last) {
  self_->send(packing_->snapshotter, atom::part_v,
              snapshot_part{packing_->marker, packing_->at, index_,
                            std::vector<char>(bytes.begin(), bytes.end()),
                            last});
}

cache_shard_actor::behavior_type
cache_shard_state::make_behavior(cache_settings settings,
                                 std::shared_ptr<file_names> names,
                                 rrd_writer_actor writer,
                                 journal_keeper_actor keeper,
                                 const shard_start& start) {
  index_ = settings.index;
  shard_count_ = settings.shard_count;
  writer_ = std::move(writer);
  keeper_ = std::move(keeper);
  names_ = names;
  engine_.emplace(settings, std::move(names));
  engine_->load(start);
  engine_->update_gauges();
  return {
    [this](atom::open, const std::vector<file_binding>& files) {
      for (auto& x : files)
        engine_->open(x);
    },
    [this](atom::name_rules, const std::vector<std::string>& rules) {
      engine_->name_rules(rules);
    },
    [this](atom::due, int64_t seconds) {
      engine_->due_after(std::chrono::seconds{seconds});
    },
    [this](atom::put, const sample_batch& x) {
      auto result = self_->make_response_promise<uint64_t>();
      engine_->put(x);
      for (auto& y : engine_->take_warnings())
        tell(y);
      if (engine_->has_credit())
        result.deliver(uint64_t{x.samples.size()});
      else
        held_credit_.emplace_back(result, x.samples.size());
      engine_->update_gauges();
      return result;
    },
    [this](atom::second, int64_t t, position upto) {
      engine_->advance_watermark(t, upto);
      pump();
    },
    [this](atom::marker, uint64_t marker, position at,
           const caf::strong_actor_ptr& snapshotter) {
      begin_packing(marker, at, snapshotter);
    },
    [this](atom::flush, uint64_t request, const std::vector<file_id>& files) {
      waits_.emplace(engine_->flush(files), [=](request_outcome outcome) {
        self_->send(keeper_, atom::done_v, request, shard_count_,
                    std::move(outcome));
      });
      pump();
    },
    [this](atom::retire, const std::vector<file_id>& files, int64_t since) {
      engine_->retire(files, since);
    },
    [this](atom::release, std::vector<file_id>& files, bool remove) {
      auto result = self_->make_response_promise<request_outcome>();
      auto ticket = engine_->release(files, remove);
      if (!remove)
        files.clear();
      waits_.emplace(ticket, [=](request_outcome outcome) {
        answer_release(result, files, std::move(outcome));
      });
      pump();
      return result;
    },
    [this](atom::synced, position x) {
      engine_->synced(x);
      pump();
    },
    [this](atom::caught_up) {
      auto result = self_->make_response_promise<caf::ok_atom>();
      waits_.emplace(engine_->catch_up(), [=](request_outcome) mutable {
        result.deliver(caf::ok_atom::value);
      });
      pump();
      return result;
    },
    [this](atom::idle, int64_t since) { return engine_->idle(since); },
    [this](atom::read, read_request& x) {
      x.waiting = engine_->waiting(x.file);
      return self_->delegate(writer_, atom::read_v, std::move(x));
    },
    [this](atom::last, const std::vector<file_id>& files) {
      auto result = self_->make_response_promise<std::vector<last_value>>();
      answer_last(result, engine_->last(files));
      return result;
    },
    [this](atom::why, const std::vector<file_id>& files) {
      return engine_->losses().list(files, few);
    },
    [this](atom::work) {
      auto now = self_->clock().now();
      if (armed_ && *armed_ <= now)
        armed_.reset();
      pack_slice();
      engine_->wake(now);
      pump();
    },
  };
}

} // namespace rrdflow
