#include "actors/writer/rrd_reader.hpp"

#include "actors/writer/librrd.hpp"
#include "actors/writer/rrd_create.hpp"
#include "actors/writer/rrd_header.hpp"
#include "actors/writer/rrd_values.hpp"
#include "messages/error.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

namespace rrdflow {

namespace {

constexpr int64_t max_time = 1ll << 40;

/// A file to read from.
struct source_file {
  unique_fd fd;
  rrd_header header;
};

caf::error unreadable(std::string_view path, const std::string& reason,
                      ec code = ec::io_failed) {
  return fail(code, std::string{path} + ".rrd: " + reason);
}

/// A copy in memory.
caf::expected<unique_fd> copy(std::string_view path, const opened_file& from) {
  if (from.size > max_copied_size)
    return unreadable(path, "too large to lay waiting rows over it",
                      ec::bad_request);
  unique_fd result{::memfd_create("rrdflow-read", MFD_CLOEXEC)};
  std::vector<char> buf(1u << 20);
  uint64_t at = 0;
  while (result && at < from.size) {
    auto n
      = ::pread(from.fd.get(), buf.data(), buf.size(), static_cast<off_t>(at));
    if (n <= 0)
      break;
    auto chunk = static_cast<size_t>(n);
    if (::pwrite(result.get(), buf.data(), chunk, static_cast<off_t>(at)) != n)
      break;
    at += chunk;
  }
  if (!result || at < from.size)
    return unreadable(path, std::generic_category().message(errno));
  return result;
}

/// Opens the file and checks it.
caf::expected<source_file>
open_source(const rrd_folder& folder, std::string_view path,
            const read_job& job) {
  auto file = folder.open_file(path, false);
  if (file.state == open_state::missing)
    return unreadable(path, "there is no such file", ec::not_found);
  if (file.state != open_state::ok)
    return unreadable(path, file.reason);
  auto header = read_header(file.fd.get(), file.size);
  if (!header)
    return unreadable(path, header.reason,
                      header.state == header_state::unreadable ? ec::io_failed
                                                               : ec::damaged);
  const auto& times = job.waiting.times;
  // librrd maps the file: where a page of it is a hole, even reading it takes a
  // block on some file systems, and a full disk would be the end of us.
  auto whole = file.allocated >= file.size;
  if (whole && (times.empty() || times.back() <= header.last_update))
    return source_file{std::move(file.fd), std::move(header)};
  auto fd = copy(path, file);
  if (!fd)
    return fd.error();
  return source_file{std::move(*fd), std::move(header)};
}

/// Makes a file of what waits, which is in no folder any more.
caf::expected<source_file>
make_source(const rrd_folder& folder, std::string_view path,
            const std::string& fresh, const read_job& job) {
  auto start = job.waiting.times.front() - job.definition->step;
  if (start <= 0)
    return unreadable(path, "a row before all time", ec::bad_request);
  auto made = make_file(folder, fresh, *job.definition, start);
  folder.discard(fresh);
  if (made.file.state != open_state::ok)
    return unreadable(path, made.file.reason);
  return source_file{std::move(made.file.fd), std::move(made.header)};
}

/// Writes the waiting rows that are newer than the file.
caf::error lay_over(source_file& file, const read_job& job) {
  const auto& times = job.waiting.times;
  auto first = static_cast<size_t>(
    std::find_if(times.begin(), times.end(),
                 [&](auto t) { return t > file.header.last_update; })
    - times.begin());
  auto columns = match_columns(*job.definition, file.header.definition);
  if (first == times.size() || !columns.any)
    return caf::none;
  if (!tune(file.fd.get(), *job.definition, file.header))
    return fail(ec::io_failed, std::generic_category().message(errno));
  update_arguments arguments{job.waiting, first, job.definition->sources.size(),
                             columns};
  file.header.last_update = times.back();
  return librrd::update(file.fd.get(), arguments.argv());
}

} // namespace

int choose_archive(const file_definition& file, int64_t last_update,
                   consolidation function, int64_t from, int64_t to,
                   int64_t resolution) {
  auto full = -1;
  auto part = -1;
  int64_t full_distance = 0;
  int64_t part_distance = 0;
  int64_t best_match = 0;
  for (size_t i = 0; i < file.archives.size(); ++i) {
    const auto& archive = file.archives[i];
    if (archive.function != function && archive.steps != 1)
      continue;
    auto step = file.step * archive.steps;
    auto begin = last_update - last_update % step - step * archive.rows;
    auto distance = std::abs(std::max<int64_t>(resolution, 1) - step);
    auto index = static_cast<int>(i);
    if (begin <= from) {
      if (full < 0 || distance < full_distance) {
        full = index;
        full_distance = distance;
      }
      continue;
    }
    auto match = to - from - (begin - from);
    if (part < 0 || best_match < match
        || (best_match == match && distance < part_distance)) {
      part = index;
      best_match = match;
      part_distance = distance;
    }
  }
  return full >= 0 ? full : part;
}

caf::expected<fetch_result>
read_file(const rrd_folder& folder, std::string_view path,
          const std::string& fresh, const read_job& job) {
  if (job.from < 0 || job.to < job.from || job.to > max_time)
    return unreadable(path, "impossible range of time", ec::bad_request);
  auto waits = !job.waiting.times.empty();
  if (waits
      && (!job.definition
          || job.waiting.cells.size()
               != job.waiting.times.size() * job.definition->sources.size()))
    return unreadable(path, "rows that do not fit their definition",
                      ec::bad_request);
  auto file = open_source(folder, path, job);
  if (!file && waits && file.error() == ec::not_found)
    file = make_source(folder, path, fresh, job);
  if (!file)
    return file.error();
  if (waits)
    if (auto err = lay_over(*file, job))
      return unreadable(path, explain(err), ec::rrd_failed);
  const auto& definition = file->header.definition;
  auto archive = choose_archive(definition, file->header.last_update,
                                job.function, job.from, job.to, job.resolution);
  if (archive < 0)
    return unreadable(
      path, std::string{"has no archive of "} + to_string(job.function),
      ec::bad_request);
  auto step
    = definition.step * definition.archives[static_cast<size_t>(archive)].steps;
  auto rows = static_cast<uint64_t>((job.to - job.from) / step + 2);
  if (rows * definition.sources.size() > max_read_values)
    return unreadable(path, "too many values; ask for a shorter range",
                      ec::bad_request);
  auto result = librrd::fetch(file->fd.get(), job.function, job.from, job.to,
                              job.resolution);
  if (!result)
    return unreadable(path, explain(result.error()), ec::rrd_failed);
  return result;
}

caf::expected<file_info>
describe_file(const rrd_folder& folder, std::string_view path) {
  file_info result;
  auto file = folder.open_file(path, false);
  if (file.state == open_state::failed)
    return unreadable(path, file.reason);
  result.exists = file.state != open_state::missing;
  if (file.state != open_state::ok) {
    if (result.exists)
      result.error = file.reason;
    return result;
  }
  auto header = read_header(file.fd.get(), file.size);
  if (header.state == header_state::unreadable)
    return unreadable(path, header.reason);
  if (!header) {
    result.error = header.reason;
    result.damaged = header.state == header_state::damaged;
    return result;
  }
  result.last_update = header.last_update;
  result.definition
    = std::make_shared<file_definition>(std::move(header.definition));
  return result;
}

} // namespace rrdflow
