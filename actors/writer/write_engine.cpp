#include "actors/writer/write_engine.hpp"

#include "actors/writer/librrd.hpp"
#include "actors/writer/rrd_copy.hpp"
#include "actors/writer/rrd_reader.hpp"
#include "actors/writer/write_batch.hpp"
#include "messages/error.hpp"

#include <sys/resource.h>
#include <tsl/robin_set.h>

#include <algorithm>
#include <iterator>
#include <mutex>
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

/// Where a part of a batch of at most `most` jobs ends: it has no file twice.
size_t part_end(const std::vector<write_job>& jobs, size_t begin, size_t most) {
  tsl::robin_set<file_id> files;
  auto end = begin;
  while (end < jobs.size() && end - begin < most
         && files.insert(jobs[end].file).second)
    ++end;
  return end;
}

} // namespace

caf::expected<std::unique_ptr<write_engine>>
write_engine::make(writer_settings settings,
                   std::shared_ptr<const file_names> names) {
  static std::once_flag once;
  std::call_once(once, librrd::initialise);
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
                                      settings_.marker, settings_.undo_log},
    update_{settings_, probe_}, files_{settings_.max_files_per_second,
                                       settings_.clock()},
    creates_{settings_.creates_per_second, settings_.clock()} {
  // nop
}

std::string write_engine::fresh_name() {
  return std::to_string(settings_.index) + '-' + std::to_string(++fresh_names_)
         + ".rrd";
}

caf::expected<std::vector<write_outcome>>
write_engine::write(const std::vector<write_job>& jobs) {
  std::vector<write_outcome> result;
  result.reserve(jobs.size());
  auto most = files_at_once();
  for (size_t begin = 0; begin < jobs.size();) {
    auto end = part_end(jobs, begin, most);
    write_batch part{*this, end - begin};
    for (; begin < end; ++begin)
      part.add(jobs[begin]);
    if (auto err = part.run())
      return err;
    auto outcomes = part.take();
    std::move(outcomes.begin(), outcomes.end(), std::back_inserter(result));
  }
  return result;
}

void write_engine::marker(uint64_t number) {
  undo_.start(number);
}

caf::expected<fetch_result> write_engine::read(const read_job& job) {
  return read_file(folder_, std::string{names_->path(job.file)}, fresh_name(),
                   job);
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

caf::error write_engine::remove(const std::vector<file_id>& files) {
  std::string failures;
  for (auto file : files)
    if (auto err = folder_.remove(names_->path(file)))
      failures += (failures.empty() ? "" : "; ") + explain(err);
  return failures.empty() ? caf::error{}
                          : fail(ec::io_failed, std::move(failures));
}

metrics write_engine::stats() const {
  metrics result;
  probe_.report(result, undo_.records());
  return result;
}

} // namespace rrdflow
