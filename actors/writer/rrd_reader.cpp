#include "actors/writer/rrd_reader.hpp"

#include "actors/writer/file_update.hpp"
#include "actors/writer/librrd.hpp"
#include "actors/writer/row_update.hpp"
#include "actors/writer/rrd_header.hpp"
#include "config/file_definition.hpp"
#include "messages/error.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace rrdflow {

namespace {

constexpr int64_t max_time = 1ll << 40;

/// A sound file, or what one would be: without a descriptor, all of its rows
/// are unknown.
struct source_file {
  unique_fd fd;
  uint64_t size = 0;
  rrd_header header;
};

caf::error unreadable(std::string_view path, const std::string& reason,
                      ec code = ec::io_failed) {
  return fail(code, std::string{path} + ".rrd: " + reason);
}

caf::error system_error(std::string_view path) {
  return unreadable(path, std::generic_category().message(errno));
}

/// @param most bytes that the file may have
caf::expected<source_file>
open_source(const rrd_folder& folder, std::string_view path,
            uint64_t most = UINT64_MAX) {
  auto file = folder.open_file(path, false);
  if (file.state == open_state::missing)
    return unreadable(path, "there is no such file yet", ec::not_found);
  if (file.state != open_state::ok)
    return unreadable(path, file.reason);
  if (file.size > most)
    return unreadable(path, "too large to be handed over as a whole",
                      ec::too_large);
  auto header = read_header(file.fd.get(), file.size);
  if (!header)
    return unreadable(path, header.reason,
                      header.state == header_state::unreadable ? ec::io_failed
                                                               : ec::damaged);
  return source_file{std::move(file.fd), file.size, std::move(header)};
}

/// The file that a waiting row would make.
caf::expected<source_file>
future_file(std::string_view path, const waiting_rows& waiting) {
  auto start = waiting.rows.times.front() - waiting.definition->step;
  if (start <= 0)
    return unreadable(path, "a row before 1970", ec::bad_request);
  source_file result;
  result.size = rrd_file_size(*waiting.definition);
  result.header = make_header(*waiting.definition, start, 0);
  if (!result.header)
    return unreadable(path, result.header.reason, ec::bad_request);
  return result;
}

/// Reads `values` from `offset` on. Returns false, with errno, on failure.
bool read_values(int fd, double* values, size_t count, uint64_t offset) {
  auto to = reinterpret_cast<char*>(values);
  for (auto left = count * sizeof(double); left > 0;) {
    auto n = ::pread(fd, to, left, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR)
      continue;
    if (n == 0)
      errno = EIO;
    if (n <= 0)
      return false;
    to += n;
    offset += static_cast<uint64_t>(n);
    left -= static_cast<size_t>(n);
  }
  return true;
}

/// A file with waiting rows laid over it.
class overlay {
public:
  explicit overlay(source_file file) : file_{std::move(file)} {
    last_update_ = file_.header.last_microtime();
  }

  const file_definition& definition() const noexcept {
    return file_.header.definition;
  }

  /// Seconds: the newest row, waiting ones included.
  int64_t last_update() const noexcept {
    return last_update_ / 1000000;
  }

  /// Takes up the rows that are newer than the file.
  /// @pre `x` lives as long as this object
  void add(const waiting_rows& x) {
    auto n = x.rows.times.size();
    while (first_ < n && file_.header.microtime(x.rows, first_) <= last_update_)
      ++first_;
    if (first_ == n)
      return;
    columns_ = match_columns(*x.definition, definition());
    if (!columns_.any)
      return;
    waiting_ = &x;
    last_update_ = file_.header.microtime(x.rows, n - 1);
    tune(file_.header, *x.definition);
  }

  /// Computes the rows of archives.
  caf::error update(std::string_view path, const std::vector<bool>& wanted) {
    if (waiting_ == nullptr)
      return caf::none;
    if (!update_.begin(file_.header, last_update(), wanted))
      return update_copy(path);
    update_.apply(waiting_->rows, first_, waiting_->definition->sources.size(),
                  columns_);
    updated_ = true;
    return caf::none;
  }

  /// The rows of an archive; `result` says of what time. Returns false, with
  /// errno, on failure.
  bool read(size_t index, int64_t from, int64_t to, fetch_result& result) const;

private:
  /// Makes a copy, to which librrd writes the rows, the file.
  caf::error update_copy(std::string_view path);

  source_file file_;

  /// Microseconds since the epoch: the newest row, waiting ones included.
  int64_t last_update_ = 0;

  /// Null: no row is newer than the file.
  const waiting_rows* waiting_ = nullptr;

  /// The first of them that is newer.
  size_t first_ = 0;

  column_map columns_;
  row_update update_;

  /// `update_` has the rows; otherwise the file has them all.
  bool updated_ = false;
};

caf::error overlay::update_copy(std::string_view path) {
  if (file_.size > max_copied_size)
    return unreadable(path, "too large to lay waiting rows over it",
                      ec::bad_request);
  unique_fd copy{::memfd_create("rrdflow-read", MFD_CLOEXEC)};
  auto& header = file_.header.bytes;
  if (!copy || !write_all(copy.get(), header, 0))
    return system_error(path);
  std::vector<double> values(16384, librrd::unknown());
  std::string_view bytes{reinterpret_cast<const char*>(values.data()),
                         values.size() * sizeof(double)};
  for (uint64_t at = header.size(); at < file_.size; at += bytes.size()) {
    bytes = bytes.substr(0, file_.size - at);
    auto count = bytes.size() / sizeof(double);
    if ((file_.fd && !read_values(file_.fd.get(), values.data(), count, at))
        || !write_all(copy.get(), bytes, at))
      return system_error(path);
  }
  if (auto err
      = update_by_librrd(copy.get(), file_.header, waiting_->rows, first_,
                         waiting_->definition->sources.size(), columns_))
    return unreadable(path, explain(err), ec::rrd_failed);
  file_.fd = std::move(copy);
  file_.header = read_header(file_.fd.get(), file_.size);
  if (!file_.header)
    return unreadable(path, file_.header.reason, ec::rrd_failed);
  last_update_ = file_.header.last_microtime();
  return caf::none;
}

bool overlay::read(size_t index, int64_t from, int64_t to,
                   fetch_result& result) const {
  auto& archives = definition().archives;
  auto width = definition().sources.size();
  auto step = definition().step * archives[index].steps;
  auto rows = int64_t{archives[index].rows};
  auto end = to + step - to % step;
  result.start = from - from % step;
  result.step = step;
  for (auto& x : definition().sources)
    result.sources.push_back(x.name);
  result.values.assign(static_cast<size_t>((end - result.start) / step) * width,
                       librrd::unknown());
  // Rows by their age, in rows: 0 is the archive's newest.
  auto newest_end = last_update() - last_update() % step;
  auto oldest = std::min(rows - 1, (newest_end - result.start) / step - 1);
  auto newest = std::max<int64_t>(0, (newest_end - end) / step);
  if (newest_end <= result.start || oldest < newest)
    return true;
  auto place = [&](int64_t age) {
    auto row = (newest_end - result.start) / step - 1 - age;
    return result.values.data() + static_cast<size_t>(row) * width;
  };
  auto& header = file_.header.bytes;
  auto pointers = header.size() - archives.size() * rrd_layout::pointer_size;
  uint64_t pointer;
  std::memcpy(&pointer, header.data() + pointers + index * 8, sizeof(pointer));
  int64_t computed = 0;
  if (updated_) {
    auto& x = update_.archives()[index];
    pointer = x.newest;
    computed = static_cast<int64_t>(x.values.size() / width);
    for (auto age = std::min(oldest, computed - 1); age >= newest; --age)
      std::copy_n(x.values.end() - (age + 1) * static_cast<int64_t>(width),
                  width, place(age));
  }
  newest = std::max(newest, computed);
  if (!file_.fd || oldest < newest)
    return true;
  auto begin = header.size();
  for (size_t i = 0; i < index; ++i)
    begin += archives[i].rows * width * sizeof(double);
  // One or two runs: the archive is a ring.
  auto count = oldest - newest + 1;
  auto row = (static_cast<int64_t>(pointer) + rows - oldest) % rows;
  auto head = std::min(count, rows - row);
  auto read_run = [&](int64_t age, int64_t n, int64_t at) {
    return read_values(
      file_.fd.get(), place(age), static_cast<size_t>(n) * width,
      begin + static_cast<size_t>(at) * width * sizeof(double));
  };
  return read_run(oldest, head, row)
         && (head == count || read_run(oldest - head, count - head, 0));
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

caf::expected<int64_t>
bounded_resolution(const file_definition& file, int64_t last_update,
                   const read_request& request) {
  auto function = request.functions.front();
  std::vector<int64_t> steps;
  for (auto& x : file.archives)
    if (x.function == function || x.steps == 1)
      steps.push_back(file.step * x.steps);
  if (steps.empty())
    return fail(ec::bad_request, std::string{"the file has no archive of "}
                                   + to_string(function));
  std::sort(steps.begin(), steps.end());
  auto fits = [&](int64_t step) {
    return request.max_points == 0
           || (request.to - request.from + step - 1) / step
                <= static_cast<int64_t>(request.max_points);
  };
  if (fits(steps.front()))
    return request.resolution;
  auto best = std::find_if(steps.begin(), steps.end(), [&](auto x) {
    return x >= request.resolution && fits(x);
  });
  if (best == steps.end())
    best = std::find_if(steps.begin(), steps.end(), fits);
  // librrd prefers an archive that reaches back far enough, however fine.
  if (best != steps.end()) {
    auto chosen = choose_archive(file, last_update, function, request.from,
                                 request.to, *best);
    if (fits(file.step * file.archives[static_cast<size_t>(chosen)].steps))
      return *best;
  }
  return fail(ec::bad_request, "more than " + std::to_string(request.max_points)
                                 + " points: ask for a shorter range or fewer "
                                   "points");
}

caf::expected<std::vector<fetch_result>>
fetch_rows(const rrd_folder& folder, std::string_view path,
           const read_request& request) {
  auto from = request.from;
  auto to = request.to;
  if (from < 0 || to < from || to > max_time || request.functions.empty())
    return unreadable(path, "impossible range of time", ec::bad_request);
  auto file = open_source(folder, path);
  auto waits = !request.waiting.rows.times.empty();
  if (!file && waits && file.error() == ec::not_found)
    file = future_file(path, request.waiting);
  if (!file)
    return std::move(file.error());
  overlay rows{std::move(*file)};
  if (waits)
    rows.add(request.waiting);
  auto& definition = rows.definition();
  auto resolution = bounded_resolution(definition, rows.last_update(), request);
  if (!resolution)
    return std::move(resolution.error());
  std::vector<int> chosen;
  std::vector<bool> wanted(definition.archives.size());
  uint64_t values = 0;
  for (auto function : request.functions) {
    auto i = choose_archive(definition, rows.last_update(), function, from, to,
                            *resolution);
    chosen.push_back(i);
    if (i < 0)
      continue;
    auto& archive = definition.archives[static_cast<size_t>(i)];
    wanted[static_cast<size_t>(i)] = true;
    values += static_cast<uint64_t>(
                (to - from) / (definition.step * archive.steps) + 2)
              * definition.sources.size();
  }
  if (values > max_read_values)
    return unreadable(path, "too many values; ask for a shorter range",
                      ec::bad_request);
  if (auto err = rows.update(path, wanted))
    return err;
  std::vector<fetch_result> results(chosen.size());
  for (size_t i = 0; i < chosen.size(); ++i)
    if (chosen[i] >= 0
        && !rows.read(static_cast<size_t>(chosen[i]), from, to, results[i]))
      return system_error(path);
  return results;
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
    result.blocked = file.state == open_state::blocked;
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
  result.last_update = header.last_update + (header.microseconds > 0 ? 1 : 0);
  for (size_t i = 0; i < header.definition.sources.size(); ++i) {
    auto text = header.last_text(i);
    auto& value = result.last_values.emplace_back(
      std::numeric_limits<double>::quiet_NaN());
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  result.definition
    = std::make_shared<file_definition>(std::move(header.definition));
  return result;
}

caf::expected<file_copy>
copy_file(const rrd_folder& folder, std::string_view path) {
  auto source = open_source(folder, path, max_handed_size);
  if (!source)
    return std::move(source.error());
  auto bytes = std::make_shared<std::string>();
  try {
    if (!read_on(source->fd.get(), *bytes, source->size))
      return system_error(path);
  } catch (const std::bad_alloc&) {
    return unreadable(path, "there is no memory for it now", ec::too_large);
  }
  if (bytes->size() < source->size)
    return unreadable(path, "shorter than it was");
  auto hash = XXH3_128bits(bytes->data(), bytes->size());
  char tag[33];
  std::snprintf(tag, sizeof(tag), "%016" PRIx64 "%016" PRIx64,
                static_cast<uint64_t>(hash.high64),
                static_cast<uint64_t>(hash.low64));
  return file_copy{std::move(bytes), tag, source->header.last_update};
}

} // namespace rrdflow
