#include "actors/writer/file_update.hpp"

#include "actors/base/file.hpp"
#include "actors/writer/librrd.hpp"
#include "actors/writer/rrd_folder.hpp"
#include "messages/error.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>

namespace rrdflow {

namespace {

caf::error io_error(const std::string& what) {
  return fail(write_error(errno), what + reason_of(errno));
}

std::string_view bytes_of(const double* values, uint64_t count) {
  return {reinterpret_cast<const char*>(values), count * sizeof(double)};
}

/// Two writes if the rows go over the archive's end.
bool store_rows(int fd, const row_update::archive& to, uint64_t width) {
  auto count = std::min(to.values.size() / width, to.rows);
  if (count == 0)
    return true;
  auto values = to.values.data() + to.values.size() - count * width;
  auto first = (to.newest + 1 + to.rows - count) % to.rows;
  auto head = std::min(count, to.rows - first);
  return write_all(fd, bytes_of(values, head * width),
                   to.begin + first * width * sizeof(double))
         && write_all(fd,
                      bytes_of(values + head * width, (count - head) * width),
                      to.begin);
}

store_state
store_live(int fd, const rrd_header& header, std::string_view live) {
  auto written = write_some(fd, live, static_cast<uint64_t>(header.live_begin));
  if (written == live.size())
    return store_state::done;
  auto error = errno;
  auto before
    = std::string_view{header.bytes}.substr(header.live_begin, written);
  auto taken_back = write_all(fd, before, header.live_begin);
  errno = error;
  return taken_back ? store_state::failed : store_state::torn;
}

/// librrd's update failed because of what a row says.
bool about_content(const caf::error& err) {
  auto text = explain(err);
  return text.find("not a simple") != std::string::npos
         || text.find("update_pdp_prep") != std::string::npos;
}

} // namespace

store_state store_update(int fd, const rrd_header& header, const row_update& x,
                         const std::function<void()>& rows_written) {
  for (const auto& archive : x.archives())
    if (!store_rows(fd, archive, x.width()))
      return store_state::failed;
  rows_written();
  return store_live(fd, header, x.live());
}

caf::error
update_by_librrd(int fd, rrd_header header, const row_block& rows, size_t first,
                 size_t sources, const column_map& map) {
  auto& heartbeats = rows.heartbeats;
  auto end = rows.times.size();
  while (first < end) {
    auto last = end;
    if (!heartbeats.empty()) {
      last = first + 1;
      while (last < end && heartbeats[last] == heartbeats[first])
        ++last;
      for (auto i : set_heartbeat(header, heartbeats[first]))
        if (!write_tuned(fd, header, i))
          return io_error("cannot be tuned: ");
    }
    if (auto err = librrd::update(fd, rows, first, last, sources, map))
      return err;
    first = last;
  }
  return caf::none;
}

file_update::file_update(const writer_settings& settings)
  : settings_{settings}, seconds_{settings.metrics,
                                  {"rrd_update_seconds",
                                   "Duration of one update of an RRD file."},
                                  {0.00005, 0.0001, 0.00025, 0.0005, 0.001,
                                   0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1}},
    by_librrd_{settings.metrics,
               {"updates_by_librrd_total",
                "Updates of RRD files left to librrd: files of an unusual "
                "kind."}} {
  // nop
}

update_result
file_update::run(int fd, const rrd_header& header, const row_block& rows,
                 size_t first, size_t sources, const column_map& map) {
  settings_.at_step(write_step::update);
  auto begin = settings_.clock();
  auto newest = *std::max_element(
    rows.times.begin() + static_cast<std::ptrdiff_t>(first), rows.times.end());
  update_result result;
  if (settings_.own_rows && update_.begin(header, newest)) {
    update_.apply(rows, first, sources, map);
    result = run_own(fd, header);
    if (!result.error)
      result.last_update = update_.last_update();
  } else {
    result = run_librrd(fd, header, rows, first, sources, map);
    by_librrd_.add();
  }
  seconds_.add(
    std::chrono::duration<double>(settings_.clock() - begin).count());
  settings_.at_step(write_step::updated);
  return result;
}

update_result file_update::run_own(int fd, const rrd_header& header) {
  update_result result;
  result.last_update = header.last_microtime();
  auto state = store_update(fd, header, update_,
                            [this] { settings_.at_step(write_step::rows); });
  if (state != store_state::done)
    result.error = io_error("");
  result.torn = state == store_state::torn;
  return result;
}

update_result
file_update::run_librrd(int fd, const rrd_header& header, const row_block& rows,
                        size_t first, size_t sources, const column_map& map) {
  update_result result;
  result.error = update_by_librrd(fd, header, rows, first, sources, map);
  result.hopeless = result.error && about_content(result.error);
  // Some of them may be in the file.
  auto now = read_header(fd, rrd_file_size(header.definition));
  result.last_update = (now ? now : header).last_microtime();
  if (!now) {
    result.hopeless = false;
    result.error = io_error("cannot read its last update: ");
  }
  return result;
}

} // namespace rrdflow
