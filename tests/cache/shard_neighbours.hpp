#pragma once

#include "messages/interfaces.hpp"
#include "tests/cache/shard_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

/// Whoever a CACHE_SHARD talks to: they note what they are told.
namespace rrdflow::test {

/// Stands in for the writer: holds what it is asked until told to answer.
struct writer_state {
  static inline const char* name = "writer";
  explicit writer_state(rrd_writer_actor::pointer) {
    // nop
  }

  using outcomes = std::vector<write_outcome>;
  std::vector<
    std::pair<std::vector<write_job>, caf::typed_response_promise<outcomes>>>
    held;
  std::vector<std::pair<uint64_t, caf::typed_response_promise<uint64_t>>>
    markers;
  std::vector<file_id> removed;

  /// How many jobs more are to fail.
  int failures = 0;

  files_on_disk disk;

  /// Answers the oldest message, or all markers if there is none.
  void answer() {
    if (held.empty()) {
      for (auto& [marker, promise] : std::exchange(markers, {}))
        promise.deliver(uint64_t{marker});
      return;
    }
    auto [jobs, promise] = std::move(held.front());
    held.erase(held.begin());
    outcomes result;
    for (auto& job : jobs)
      if (failures-- > 0)
        result.push_back(
          {job.file, write_status::failed, 0, 0, 0, 0, "no space"});
      else
        result.push_back(write(disk, std::to_string(job.file), job));
    promise.deliver(std::move(result));
  }
};

inline rrd_writer_actor::behavior_type
writer(rrd_writer_actor::stateful_pointer<writer_state> self) {
  auto& st = self->state;
  return {
    [self, &st](atom::write, std::vector<write_job>& jobs) {
      auto result = self->make_response_promise<writer_state::outcomes>();
      st.held.emplace_back(std::move(jobs), result);
      return result;
    },
    [self, &st](atom::marker, uint64_t marker) {
      auto result = self->make_response_promise<uint64_t>();
      st.markers.emplace_back(marker, result);
      return result;
    },
    [](atom::read, const read_job&) { return fetch_result{}; },
    [](atom::copy, file_id) { return file_copy{}; },
    [](atom::describe, const std::vector<file_id>&) {
      return std::vector<file_info>{};
    },
    [&st](atom::remove, const std::vector<file_id>& files) {
      st.removed = files;
      return caf::ok_atom::value;
    },
    // Asked only by the test, to have something answered.
    [&st](atom::stats) {
      st.answer();
      return metrics{};
    },
  };
}

struct keeper_state {
  static inline const char* name = "keeper";
  explicit keeper_state(journal_keeper_actor::pointer) {
    // nop
  }

  struct share {
    uint64_t request;
    uint32_t shares;
    request_outcome outcome;
  };
  std::vector<share> done;
};

inline journal_keeper_actor::behavior_type
keeper(journal_keeper_actor::stateful_pointer<keeper_state> self) {
  return {
    [](atom::tick) {},
    [](atom::covered, position) {},
    [](atom::last) -> position { return 0; },
    [](atom::append, const rules_request&) { return request_outcome{}; },
    [](atom::append, const flush_request&) { return request_outcome{}; },
    [](atom::append, const retire_request&) { return request_outcome{}; },
    [](atom::append, const forget_request&) { return request_outcome{}; },
    [self](atom::done, uint64_t request, uint32_t shares,
           const request_outcome& outcome) {
      self->state.done.push_back({request, shares, outcome});
    },
    [](atom::subscribe, const std::vector<cache_shard_actor>&) {},
    [](atom::stats) { return metrics{}; },
  };
}

struct snapshotter_state {
  static inline const char* name = "snapshotter";
  explicit snapshotter_state(snapshotter_actor::pointer) {
    // nop
  }

  std::vector<snapshot_part> parts;
};

inline snapshotter_actor::behavior_type
snapshotter(snapshotter_actor::stateful_pointer<snapshotter_state> self) {
  return {
    [](atom::tick) {},
    [self](atom::part, const snapshot_part& x) {
      self->state.parts.push_back(x);
    },
    [](atom::due, int64_t) {},
    [](atom::snapshot) -> uint64_t { return 0; },
  };
}

} // namespace rrdflow::test
