#include "actors/writer/write_batch.hpp"

#include "actors/writer/rrd_image.hpp"
#include "messages/error.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace rrdflow {

namespace {

/// Other processes leave the file alone until it is closed, if they ask.
bool lock(int fd) {
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(fd, F_SETLK, &whole) == 0;
}

uint32_t count(size_t x) {
  return static_cast<uint32_t>(x);
}

} // namespace

void write_batch::over(task& x, write_status status, std::string_view reason) {
  x.over = true;
  x.outcome.status = status;
  if (!reason.empty())
    x.outcome.error = (x.path + ".rrd: ").append(reason);
}

void write_batch::fail_alone(task& x, std::string_view reason) {
  x.outcome.own_fault = true;
  over(x, write_status::failed, reason);
}

void write_batch::abandon(task& x, std::string_view reason) {
  x.outcome.abandoned
    = count(x.job->rows.times.size()) - x.outcome.past - x.outcome.written;
  over(x, write_status::done, reason);
}

void write_batch::add(const write_job& job) {
  auto& x = tasks_.emplace_back();
  x.job = &job;
  x.path = engine_.names_->path(job.file);
  x.outcome.file = job.file;
  const auto& rows = job.rows;
  if (!job.definition
      || rows.cells.size()
           != rows.times.size() * job.definition->sources.size())
    abandon(x, "a job without definition, or with cells that do not fit it");
  else if (!job.urgent && !engine_.files_.take(engine_.settings_.clock()))
    over(x, write_status::postponed, {});
  else
    contain(x, [&] {
      if (engine_.settings_.before_job)
        engine_.settings_.before_job(job);
      look(x);
    });
  if (!x.over)
    log(x);
}

template <class F>
void write_batch::contain(task& x, F f) {
  try {
    f();
  } catch (const std::exception& e) {
    over(x, write_status::failed, e.what());
  }
}

void write_batch::look(task& x) {
  x.file = engine_.folder_.open_file(x.path, true);
  if (x.file.state == open_state::ok) {
    if (!lock(x.file.fd.get()))
      return fail_alone(x, "could not lock it");
    x.header = read_header(x.file.fd.get(), x.file.size);
    if (x.header.state == header_state::unreadable)
      return fail_alone(x, x.header.reason);
    if (x.header.state == header_state::unsupported)
      return abandon(x, x.header.reason);
    if (x.header.state == header_state::damaged) {
      if (auto err = engine_.folder_.quarantine(x.path))
        return fail_alone(x, explain(err));
      engine_.probe_.quarantined();
      x.outcome.error = x.path + ".rrd: moved to bad/: " + x.header.reason;
      x.file = opened_file{};
      x.file.state = open_state::missing;
    }
  }
  const auto& times = x.job->rows.times;
  switch (x.file.state) {
    case open_state::missing:
      return create(x);
    case open_state::refused:
      return abandon(x, x.file.reason);
    case open_state::failed:
      return over(x, write_status::failed, x.file.reason);
    default:
      break;
  }
  x.outcome.last_update = x.header.last_update;
  x.first = static_cast<size_t>(
    std::find_if(times.begin(), times.end(),
                 [&](auto t) { return t > x.header.last_update; })
    - times.begin());
  x.outcome.past = count(x.first);
  engine_.probe_.past(x.first);
  if (x.first == times.size())
    return over(x, write_status::done, {});
  x.columns = match_columns(*x.job->definition, x.header.definition);
  if (!x.columns.any)
    return abandon(x, "has none of the sources: " + x.columns.missing);
  // librrd maps the file: a hole in it that the disk cannot fill would be the
  // end of the process.
  if (engine_.settings_.fill_holes && x.file.allocated < x.file.size)
    if (auto error = ::posix_fallocate(x.file.fd.get(), 0,
                                       static_cast<off_t>(x.file.size)))
      return over(x, write_status::failed,
                  std::generic_category().message(error));
}

void write_batch::create(task& x) {
  const auto& definition = *x.job->definition;
  auto start = x.job->rows.times.empty()
                 ? 0
                 : x.job->rows.times.front() - definition.step;
  if (start <= 0)
    return abandon(x, "no rows, or a row before all time");
  auto& settings = engine_.settings_;
  auto& folder = engine_.folder_;
  if (settings.disk_reserve > 0
      && folder.free_space() < settings.disk_reserve + file_size(definition))
    return over(x, write_status::failed,
                "not created: less than limits.disk_reserve is free");
  if (!engine_.creates_.take(settings.clock()))
    return over(x, write_status::postponed, {});
  auto name = engine_.fresh_name();
  auto made = make_file(folder, name, definition, start);
  if (made.file.state != open_state::ok)
    return over(x, write_status::failed, made.file.reason);
  settings.at_step(write_step::created);
  x.fresh = std::move(name);
  x.file = std::move(made.file);
  x.header = std::move(made.header);
  x.columns = match_columns(definition, x.header.definition);
}

void write_batch::log(task& x) {
  auto& undo = engine_.undo_;
  if (!undo.wants(x.job->file, x.file.identity))
    return;
  undo_record record;
  record.kind = x.fresh.empty() ? undo_kind::image : undo_kind::absent;
  record.identity = x.file.identity;
  record.definitions = x.header.definitions;
  record.path = x.path;
  std::string image;
  if (x.fresh.empty())
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
    return give_up(std::move(why));
  at_step(write_step::logged);
  for (auto& x : tasks_) {
    if (x.over)
      continue;
    if (x.logging && logged == undo_log::outcome::refused) {
      over(x, write_status::failed, explain(why));
      if (!x.fresh.empty())
        engine_.folder_.discard(x.fresh);
    } else {
      contain(x, [&] { perform(x); });
      if (torn_)
        return give_up(std::move(torn_));
    }
    x.file = opened_file{};
    x.header = rrd_header{};
  }
  return caf::none;
}

caf::error write_batch::give_up(caf::error why) {
  for (auto& x : tasks_)
    if (!x.fresh.empty())
      engine_.folder_.discard(x.fresh);
  return why;
}

bool write_batch::publish(task& x) {
  auto placed = engine_.folder_.publish(x.fresh, x.path);
  if (placed.state == open_state::ok) {
    x.fresh.clear();
    engine_.probe_.created();
    return true;
  }
  engine_.folder_.discard(x.fresh);
  if (placed.state == open_state::refused)
    abandon(x, placed.reason);
  else
    over(x, write_status::failed, placed.reason);
  return false;
}

void write_batch::perform(task& x) {
  if (!x.fresh.empty() && !publish(x))
    return;
  const auto& definition = *x.job->definition;
  auto fd = x.file.fd.get();
  if (!tune(fd, definition, x.header))
    return over(x, write_status::failed,
                std::generic_category().message(errno));
  settle(x, engine_.update_.run(fd, x.header, x.job->rows, x.first,
                                definition.sources.size(), x.columns));
}

void write_batch::settle(task& x, const update_result& result) {
  auto& outcome = x.outcome;
  const auto& times = x.job->rows.times;
  auto last = result.last_update;
  if (result.torn)
    torn_ = fail(ec::io_failed,
                 x.path + ".rrd: its header is torn: " + explain(result.error));
  outcome.last_update = last;
  outcome.written = count(static_cast<size_t>(
    std::count_if(times.begin() + static_cast<std::ptrdiff_t>(x.first),
                  times.end(), [&](auto t) { return t <= last; })));
  // It would be no good to say that rows are in a file which is gone.
  if (!refresh(x.file) || !x.file.linked) {
    outcome.written = outcome.past = 0;
    return over(x, write_status::failed, "was deleted meanwhile");
  }
  auto all = outcome.written + outcome.past == times.size();
  if (!all) {
    auto reason
      = result.error ? explain(result.error) : "librrd did not take all rows";
    if (result.hopeless)
      return abandon(x, reason);
    return over(x, write_status::failed, reason);
  }
  over(x, write_status::done,
       x.columns.missing.empty()
         ? std::string{}
         : "lacks sources, whose values are dropped: " + x.columns.missing);
}

std::vector<write_outcome> write_batch::take() {
  std::vector<write_outcome> result;
  for (auto& x : tasks_)
    result.push_back(std::move(x.outcome));
  return result;
}

} // namespace rrdflow
