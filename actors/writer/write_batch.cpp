#include "actors/writer/write_batch.hpp"

#include "actors/writer/librrd.hpp"
#include "config/file_definition.hpp"
#include "messages/error.hpp"

#include <fcntl.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>

namespace rrdflow {

namespace {

uint32_t count(size_t x) {
  return static_cast<uint32_t>(x);
}

/// Undoes what `rrd_decimal::microtime` cuts off.
int64_t to_milliseconds(int64_t microtime) {
  return (microtime + 500) / 1000;
}

/// Fills a new file: the header, and unknown values. Returns false, with errno,
/// on failure.
///
/// Page by page: larger writes make the kernel cache the file in larger units
/// (folios), and each later update of a row then dirties a whole one.
bool fill(int fd, const rrd_header& header, uint64_t size) {
  if (!write_all(fd, header.bytes, 0))
    return false;
  std::vector<double> values(512, librrd::unknown());
  std::string_view page{reinterpret_cast<const char*>(values.data()),
                        values.size() * sizeof(double)};
  for (uint64_t at = header.bytes.size(); at < size;) {
    auto n = std::min(page.size() - at % page.size(), size - at);
    if (!write_all(fd, page.substr(0, n), at))
      return false;
    at += n;
  }
  return true;
}

} // namespace

void write_batch::finish(task& x, write_status status,
                         std::string_view reason) {
  x.finished = true;
  x.outcome.status = status;
  if (!reason.empty())
    x.outcome.error = (x.path + ".rrd: ").append(reason);
  x.temporary = temporary_file{};
  x.file = opened_file{};
  x.header = rrd_header{};
}

void write_batch::fail_alone(task& x, std::string_view reason) {
  x.outcome.own_fault = true;
  finish(x, write_status::failed, reason);
}

void write_batch::not_opened(task& x, open_state state,
                             const std::string& reason) {
  if (state == open_state::refused)
    abandon(x, reason);
  else if (state == open_state::blocked)
    fail_alone(x, reason);
  else
    finish(x, write_status::failed, reason);
}

void write_batch::abandon(task& x, std::string_view reason) {
  x.outcome.abandoned
    = count(x.job->rows.times.size()) - x.outcome.past - x.outcome.written;
  finish(x, write_status::done, reason);
}

void write_batch::add(const write_job& job) {
  auto& x = tasks_.emplace_back();
  x.job = &job;
  x.path = engine_.names_->path(job.file);
  x.outcome.file = job.file;
  if (!job.urgent && !engine_.files_.take(engine_.settings_.clock()))
    finish(x, write_status::postponed, {});
  else
    contain(x, [&] {
      if (engine_.settings_.before_job)
        engine_.settings_.before_job(job);
      inspect(x);
    });
  if (!x.finished)
    log(x);
}

template <class F>
void write_batch::contain(task& x, F f) {
  try {
    f();
  } catch (const std::exception& e) {
    finish(x, write_status::failed, e.what());
  }
}

void write_batch::inspect(task& x) {
  x.file = engine_.folder_.open_file(x.path, true);
  if (x.file.state == open_state::ok) {
    if (!lock_file(x.file.fd.get()))
      return fail_alone(x, "could not lock it");
    x.header = read_header(x.file.fd.get(), x.file.size);
    if (x.header.state == header_state::unreadable)
      return fail_alone(x, x.header.reason);
    if (x.header.state == header_state::unsupported)
      return abandon(x, x.header.reason);
    if (x.header.state == header_state::damaged) {
      if (auto err = engine_.folder_.quarantine(x.path))
        return fail_alone(x, explain(err));
      engine_.quarantined_.set(engine_.quarantined_.value() + 1);
      x.outcome.error = x.path + ".rrd: moved to bad/: " + x.header.reason;
      x.file = opened_file{};
      x.file.state = open_state::missing;
    }
  }
  switch (x.file.state) {
    case open_state::missing:
      return create(x);
    case open_state::ok:
      break;
    default:
      return not_opened(x, x.file.state, std::string{x.file.reason});
  }
  engine_.compare(*x.job, x.header);
  auto last = x.header.last_microtime();
  x.outcome.last_update = to_milliseconds(last);
  auto& rows = x.job->rows;
  while (x.first < rows.times.size()
         && x.header.microtime(rows, x.first) <= last)
    ++x.first;
  x.outcome.past = count(x.first);
  engine_.past_.add(x.first);
  if (x.first == rows.times.size())
    return finish(x, write_status::done, {});
  x.columns = match_columns(*x.job->definition, x.header.definition);
  if (!x.columns.any)
    return abandon(x, "has none of the sources: " + x.columns.missing);
  // librrd maps the file: a hole in it that the disk cannot fill would be the
  // end of the process.
  if (engine_.settings_.fill_holes && x.file.allocated < x.file.size)
    if (auto error = ::posix_fallocate(x.file.fd.get(), 0,
                                       static_cast<off_t>(x.file.size)))
      return finish(x, write_status::failed, reason_of(error));
}

void write_batch::create(task& x) {
  const auto& definition = engine_.shape_of(*x.job);
  auto start = x.job->rows.times.front() - x.job->definition->step;
  if (start <= 0)
    return abandon(x, "a row before 1970");
  auto& settings = engine_.settings_;
  auto size = rrd_file_size(definition);
  if (settings.disk_reserve > 0
      && engine_.folder_.free_space() < settings.disk_reserve + size)
    return finish(x, write_status::failed,
                  "not created: less than limits.disk_reserve is free");
  // Before it costs a file and a record, each time it is tried.
  if (auto place = engine_.folder_.prepare(x.path);
      place.state != open_state::ok)
    return not_opened(x, place.state, place.reason);
  if (!engine_.creates_.take(settings.clock()))
    return finish(x, write_status::postponed, {});
  x.header
    = make_header(definition, start, XXH3_64bits(x.path.data(), x.path.size()));
  if (!x.header)
    return abandon(x, x.header.reason);
  auto name = std::to_string(settings.index) + '-'
              + std::to_string(++engine_.temporary_names_) + ".rrd";
  x.temporary = engine_.folder_.create(name, x.file);
  if (x.file.state != open_state::ok)
    return not_opened(x, x.file.state, std::string{x.file.reason});
  if (!fill(x.file.fd.get(), x.header, size))
    return finish(x, write_status::failed, reason_of(errno));
  settings.at_step(write_step::created);
  x.columns = match_columns(*x.job->definition, x.header.definition);
  if (!x.columns.any)
    return abandon(x, "has none of the sources: " + x.columns.missing);
  engine_.compare(*x.job, x.header);
}

void write_batch::log(task& x) {
  auto& undo = engine_.undo_;
  if (!undo.wants(x.job->file, x.file.identity))
    return;
  undo_record record;
  record.kind = x.temporary ? undo_kind::absent : undo_kind::image;
  record.identity = x.file.identity;
  record.definitions = x.header.definitions;
  record.path = x.path;
  std::string image;
  if (!x.temporary)
    image = undo_image(x.header);
  record.image = image;
  undo.add(x.job->file, record);
  x.logging = true;
}

caf::error write_batch::run() {
  caf::error why;
  auto& at_step = engine_.settings_.at_step;
  at_step(write_step::log);
  auto logged = engine_.undo_.commit(why);
  if (logged == undo_log::outcome::broken)
    return why;
  at_step(write_step::logged);
  for (auto& x : tasks_) {
    if (x.finished)
      continue;
    if (x.logging && logged == undo_log::outcome::refused)
      finish(x, write_status::failed, explain(why));
    else
      contain(x, [&] { apply(x); });
    if (torn_)
      return std::move(torn_);
  }
  return caf::none;
}

void write_batch::apply(task& x) {
  if (x.temporary) {
    auto placed = engine_.folder_.publish(x.temporary, x.path);
    if (placed.state != open_state::ok)
      return not_opened(x, placed.state, placed.reason);
    engine_.created_.add();
  }
  const auto& definition = *x.job->definition;
  auto fd = x.file.fd.get();
  auto tuned = tune(x.header, definition);
  // Its rows' own count for each of them: what stays in the file is the last.
  if (auto& heartbeats = x.job->rows.heartbeats; !heartbeats.empty())
    for (auto i : set_heartbeat(x.header, heartbeats.back()))
      tuned.push_back(i);
  for (auto i : tuned)
    if (!write_tuned(fd, x.header, i))
      return finish(x, write_status::failed, reason_of(errno));
  conclude(x, engine_.update_.run(fd, x.header, x.job->rows, x.first,
                                  definition.sources.size(), x.columns));
}

void write_batch::conclude(task& x, const update_result& result) {
  auto& outcome = x.outcome;
  auto& rows = x.job->rows;
  auto last = result.last_update;
  if (result.torn)
    torn_ = fail(ec::io_failed,
                 x.path + ".rrd: its header is torn: " + explain(result.error));
  outcome.last_update = to_milliseconds(last);
  for (auto i = x.first; i < rows.times.size(); ++i)
    outcome.written += x.header.microtime(rows, i) <= last ? 1 : 0;
  // Rows in a file that is gone are not written.
  if (!refresh(x.file) || !x.file.linked) {
    outcome.written = outcome.past = 0;
    return finish(x, write_status::failed, "was deleted meanwhile");
  }
  auto all = outcome.written + outcome.past == rows.times.size();
  if (!all) {
    auto reason
      = result.error ? explain(result.error) : "librrd did not take all rows";
    if (result.hopeless)
      return abandon(x, reason);
    return finish(x, write_status::failed, reason);
  }
  finish(x, write_status::done,
         x.columns.missing.empty()
           ? std::string{}
           : "lacks sources, whose values are dropped: " + x.columns.missing);
}

std::vector<write_outcome> write_batch::take() {
  std::vector<write_outcome> result;
  for (auto& x : tasks_)
    engine_.troubles_.look_at(x.path, x.outcome);
  for (auto& x : tasks_)
    result.push_back(std::move(x.outcome));
  return result;
}

} // namespace rrdflow
