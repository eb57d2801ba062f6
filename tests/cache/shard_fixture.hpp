#pragma once

#include "actors/cache/shard_engine.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow::test {

constexpr auto unknown = std::numeric_limits<double>::quiet_NaN();

/// Some second that is a multiple of all steps in these tests.
constexpr int64_t epoch = 1'700'000'400 / 600 * 600;

inline source_definition gauge_source(gap_fill fill, int64_t heartbeat,
                                      slot_sample sample = slot_sample::last) {
  source_definition result;
  result.fill = fill;
  result.heartbeat = heartbeat;
  result.sample = sample;
  return result;
}

inline source_definition other(source_type type, int64_t heartbeat) {
  source_definition result;
  result.type = type;
  result.heartbeat = heartbeat;
  if (type == source_type::absolute)
    result.sample = slot_sample::sum;
  return result;
}

inline definition_ptr
define(int64_t step, std::vector<source_definition> sources,
       int64_t lateness = 0) {
  auto result = std::make_shared<file_definition>();
  result->step = step;
  result->lateness = lateness;
  for (size_t i = 0; sources.size() > 1 && i < sources.size(); ++i)
    sources[i].name = "s" + std::to_string(i);
  result->sources = std::move(sources);
  result->archives.push_back({consolidation::average, 0.5, 1, 1000});
  return result;
}

/// The rows of files as a writer without faults leaves them.
using files_on_disk = std::map<std::string, row_block>;

/// Appends the job's rows as the writer would: those that are there are past.
inline write_outcome
write(files_on_disk& disk, const std::string& path, const write_job& job) {
  auto& file = disk[path];
  auto n = job.definition->sources.size();
  write_outcome result;
  result.file = job.file;
  for (size_t i = 0; i < job.rows.times.size(); ++i) {
    if (!file.times.empty()
        && job.rows.time_ms(i) <= file.time_ms(file.times.size() - 1)) {
      ++result.past;
      continue;
    }
    ++result.written;
    file.times.push_back(job.rows.times[i]);
    auto rest = static_cast<uint16_t>(job.rows.time_ms(i) % 1000);
    if (rest != 0 || !file.milliseconds.empty()) {
      file.milliseconds.resize(file.times.size() - 1);
      file.milliseconds.push_back(rest);
    }
    if (!job.rows.heartbeats.empty())
      file.heartbeats.push_back(job.rows.heartbeats[i]);
    auto at = job.rows.cells.begin() + static_cast<ptrdiff_t>(i * n);
    file.cells.insert(file.cells.end(), at, at + static_cast<ptrdiff_t>(n));
  }
  result.last_update = file.time_ms(file.times.size() - 1);
  return result;
}

/// One shard, its time and its writer.
struct shard {
  explicit shard(cache_settings settings = quick())
    : engine{with_metrics(settings), names} {
    // nop
  }

  /// Files are due as soon as their rows may be sealed.
  static cache_settings quick() {
    cache_settings result;
    result.flush_after = std::chrono::seconds{0};
    result.flush_jitter = std::chrono::seconds{0};
    return result;
  }

  cache_settings with_metrics(cache_settings x) {
    x.metrics = &metrics;
    return x;
  }

  file_id open(const std::string& path, definition_ptr definition,
               int64_t sealed_until = 0) {
    auto id = names->add(path);
    engine.open({id, std::move(definition), sealed_until});
    return id;
  }

  /// A reading `at` seconds behind `epoch`.
  void put(file_id file, double at, double value, uint16_t source = 0) {
    put_bits(file, at, value_bits::of(value), source);
  }

  void
  put_bits(file_id file, double at, value_bits value, uint16_t source = 0) {
    sample_batch batch;
    batch.samples.push_back(
      {file, source, 0, epoch * 1'000'000'000 + static_cast<int64_t>(at * 1e9),
       value});
    batch.upto = ++journal;
    engine.put(batch);
  }

  /// Time comes to `at` seconds behind `epoch`.
  void advance_to(int64_t at) {
    engine.advance_watermark(epoch + at, ++journal);
  }

  /// The newest value of the first source. CAF's checks keep references, not
  /// the vector that they lead into.
  double newest(file_id file) {
    return engine.last({file})[0].value;
  }

  /// Writes what is sealed, as if the journal were safe.
  void write_all() {
    engine.synced(std::numeric_limits<position>::max());
    for (auto urgent : {true, false})
      for (;;) {
        auto jobs = engine.take_jobs(urgent);
        if (jobs.empty())
          break;
        std::vector<write_outcome> outcomes;
        for (auto& job : jobs)
          outcomes.push_back(
            write(disk, std::string{names->path(job.file)}, job));
        engine.finish(outcomes, {});
      }
  }

  double stat(const std::string& name, const std::string& label = {}) {
    engine.update_gauges();
    for (auto& [labels, value] : metrics.values(name))
      if ((labels.empty() ? "" : labels[0].second) == label)
        return value;
    return 0;
  }

  /// Whether the counters of rows add up.
  bool balanced() {
    return stat("rows_opened_total")
           == stat("rows_written_total") + stat("rows_waiting")
                + metrics.sum("rows_abandoned_total");
  }

  std::shared_ptr<file_names> names = std::make_shared<file_names>();
  metric_registry metrics;
  shard_engine engine;
  position journal = 0;
  files_on_disk disk;
};

/// The rest of what is being packed, `slice` bytes at a time.
inline std::string pack_on(shard_engine& x, size_t slice = 1 << 20) {
  while (x.packer().pack_some(slice))
    ; // nop
  return x.packer().take();
}

/// The state as it is.
inline std::string pack(shard_engine& x, size_t slice = 1 << 20) {
  x.mark(1, 0);
  return pack_on(x, slice);
}

/// Gives the files the numbers that `names` has for them.
inline void number(shard_start& x, const file_names& names) {
  for (file_id i = 0; i < names.size(); ++i) {
    for (auto& file : x.files)
      if (names.key(i) == file.key)
        file.id = i;
    for (auto& [key, loss] : x.losses)
      if (names.key(i) == key)
        loss.file = i;
  }
}

/// Loads a shard from the sections of an earlier run.
inline caf::error load(shard& x, std::vector<std::string> sections,
                       uint32_t index = 0, uint32_t count = 1) {
  auto starts = unpack_sections(std::move(sections), count);
  if (!starts)
    return starts.error();
  number((*starts)[index], *x.names);
  x.engine.load((*starts)[index]);
  return caf::none;
}

/// "10=1 20=U" for rows at `epoch` + 10 and + 20; cells of one row are joined
/// by commas.
inline std::string show(const row_block& rows, size_t sources = 1,
                        source_type type = source_type::gauge) {
  std::string result;
  for (size_t i = 0; i < rows.times.size(); ++i) {
    result += (i == 0 ? "" : " ") + std::to_string(rows.times[i] - epoch);
    if (auto rest = rows.time_ms(i) % 1000; rest != 0)
      result += '.' + std::to_string(1000 + rest).substr(1);
    result += '=';
    for (size_t j = 0; j < sources; ++j) {
      auto& x = rows.cells[i * sources + j];
      char text[40] = "U";
      if (x.known && is_integer(type))
        snprintf(text, sizeof(text), "%llu",
                 static_cast<unsigned long long>(x.value.bits));
      else if (x.known)
        snprintf(text, sizeof(text), "%g", x.value.as_double());
      result += (j == 0 ? "" : ",") + std::string{text};
    }
  }
  return result;
}

} // namespace rrdflow::test
