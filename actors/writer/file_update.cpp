#include "actors/writer/file_update.hpp"

#include "actors/writer/librrd.hpp"
#include "actors/writer/row_store.hpp"
#include "actors/writer/rrd_image.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

namespace rrdflow {

namespace {

caf::error io_error(const std::string& what) {
  return fail(write_error(errno),
              what + std::generic_category().message(errno));
}

/// librrd's update failed because of what a row says.
bool about_content(const caf::error& err) {
  auto text = explain(err);
  return text.find("not a simple") != std::string::npos
         || text.find("update_pdp_prep") != std::string::npos;
}

} // namespace

file_update::file_update(const writer_settings& settings, write_probe& probe)
  : settings_{settings}, probe_{probe}, update_{librrd::unknown()} {
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
      result.last_update = newest;
  } else {
    result = run_librrd(fd, header, rows, first, sources, map);
    probe_.left_to_librrd();
  }
  probe_.updated(
    std::chrono::duration<double>(settings_.clock() - begin).count());
  settings_.at_step(write_step::updated);
  return result;
}

update_result file_update::run_own(int fd, const rrd_header& header) {
  update_result result;
  result.last_update = header.last_update;
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
  update_arguments arguments{rows, first, sources, map};
  result.error = librrd::update(fd, arguments.argv());
  result.hopeless = result.error && about_content(result.error);
  // Some of them may be in the file.
  if (!read_last_update(fd, header, result.last_update)) {
    result.last_update = header.last_update;
    result.hopeless = false;
    result.error = io_error("cannot read its last update: ");
  }
  return result;
}

} // namespace rrdflow
