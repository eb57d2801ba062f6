#include "actors/writer/write_engine.hpp"

#include "actors/writer/file_reshape.hpp"
#include "actors/writer/rrd_reader.hpp"
#include "actors/writer/write_batch.hpp"
#include "messages/error.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rrdflow {

namespace {

/// How many files may be open at once: a part of what the process may have
/// open, since there are other writers, and connections.
size_t files_at_once() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 64;
  return std::clamp<size_t>(limit.rlim_cur / 16, 16, 256);
}

} // namespace

write_rate::write_rate(double per_second, time_point now)
  : per_second_{per_second}, most_{std::max(per_second, 1.0)}, tokens_{most_},
    last_{now} {
  // nop
}

bool write_rate::take(time_point now) {
  if (per_second_ <= 0)
    return true;
  auto passed = std::chrono::duration<double>(now - last_).count();
  last_ = now;
  tokens_ = std::min(most_, tokens_ + std::max(passed, 0.0) * per_second_);
  if (tokens_ < 1)
    return false;
  tokens_ -= 1;
  return true;
}

caf::expected<std::unique_ptr<write_engine>>
write_engine::make(writer_settings settings,
                   std::shared_ptr<const file_names> names) {
  auto folder = rrd_folder::open(settings.store);
  if (!folder)
    return folder.error();
  return std::unique_ptr<write_engine>{new write_engine(
    std::move(settings), std::move(names), std::move(*folder))};
}

write_engine::write_engine(writer_settings settings,
                           std::shared_ptr<const file_names> names,
                           rrd_folder folder)
  : settings_{std::move(settings)}, names_{std::move(names)},
    folder_{std::move(folder)}, undo_{settings_.store, settings_.index,
                                      settings_.marker, settings_.undo_log,
                                      settings_.metrics},
    troubles_{settings_.metrics}, update_{settings_},
    files_{settings_.max_files_per_second, settings_.clock()},
    creates_{settings_.creates_per_second, settings_.clock()},
    created_{settings_.metrics, {"files_created_total", "Files created."}},
    past_{settings_.metrics,
          {"rows_past_total",
           "Rows left out, of those written: after a start the files had them, "
           "or another program wrote newer ones."}},
    quarantined_{settings_.metrics,
                 {"files_quarantined", "Damaged files that were set aside."}} {
  // nop
}

caf::expected<std::vector<write_outcome>>
write_engine::write(const std::vector<write_job>& jobs) {
  tend_folders();
  std::vector<write_outcome> result;
  result.reserve(jobs.size());
  auto most = files_at_once();
  for (size_t begin = 0; begin < jobs.size();) {
    auto end = std::min(begin + most, jobs.size());
    write_batch part{*this, end - begin};
    for (; begin < end; ++begin)
      part.add(jobs[begin]);
    if (auto err = part.run())
      return err;
    auto outcomes = part.take();
    std::move(outcomes.begin(), outcomes.end(), std::back_inserter(result));
  }
  troubles_.tell(folder_);
  return result;
}

void write_engine::tend_folders() {
  if (!folder_.is_gone())
    return;
  if (auto anew = rrd_folder::open(settings_.store))
    folder_ = std::move(*anew);
}

void write_engine::marker(uint64_t number) {
  undo_.start(number);
}

caf::expected<std::vector<fetch_result>>
write_engine::read(const read_request& request) const {
  return fetch_rows(folder_, names_->path(request.file), request);
}

caf::expected<file_copy> write_engine::copy(file_id file) const {
  return copy_file(folder_, names_->path(file));
}

caf::expected<std::vector<file_info>>
write_engine::describe(const std::vector<file_id>& files) const {
  std::vector<file_info> result;
  for (auto file : files) {
    auto info = describe_file(folder_, names_->path(file));
    if (!info)
      return info.error();
    result.push_back(std::move(*info));
  }
  return result;
}

caf::expected<reshape_outcome> write_engine::reshape(const reshape_job& job) {
  if (job.existing && job.definition)
    return file_reshape{*this}.run(names_->path(job.file), job);
  if (job.definition)
    shapes_[job.file] = job.definition;
  else
    shapes_.erase(job.file);
  return reshape_outcome{};
}

std::vector<file_id> write_engine::take_changed() {
  return std::exchange(changed_, {});
}

const file_definition& write_engine::shape_of(const write_job& job) const {
  auto i = shapes_.find(job.file);
  return i == shapes_.end() ? *job.definition : *i->second;
}

void write_engine::compare(const write_job& job, const rrd_header& header) {
  if (same_shape(*job.definition, header.definition)) {
    if (!other_shapes_.empty())
      other_shapes_.erase(job.file);
    return;
  }
  auto [i, added] = other_shapes_.try_emplace(job.file, header.definitions);
  if (added
      || std::exchange(i->second, header.definitions) != header.definitions)
    changed_.push_back(job.file);
}

caf::error write_engine::remove(const std::vector<file_id>& files) {
  std::string failures;
  for (auto file : files)
    troubles_.forget(file);
  for (auto file : files)
    if (auto err = folder_.remove(names_->path(file)))
      failures += (failures.empty() ? "" : "; ") + explain(err);
  return failures.empty() ? caf::error{}
                          : fail(ec::io_failed, std::move(failures));
}

} // namespace rrdflow
