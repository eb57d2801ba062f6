// The program with the switches that tests need, read from the environment:
//
//   RRDFLOW_TEST_ARRIVAL_CLOCK=off  messages arrive by the wall clock alone
//   RRDFLOW_TEST_UNDO_LOG=off       no undo logs
//   RRDFLOW_TEST_OWN_ROWS=off       librrd writes all files
//   RRDFLOW_TEST_FILL_HOLES=off     files with holes are mapped as they are
//   RRDFLOW_TEST_HEED_SYNC=off      the journal takes each sync for a good one
//   RRDFLOW_TEST_ALLOCATE=off       the journal's segments are sparse files
//   RRDFLOW_TEST_HOLD_DECODER=FILE  the DECODER rests while FILE exists; it is
//                                   seen to exist while FILE.seen does
//   RRDFLOW_TEST_KILL=STEP:N:US     kill -9, US microseconds after a writer
//                                   came to STEP for the N-th time
//   RRDFLOW_TEST_HOLD_WRITER=FILE   every RRD_WRITER rests while FILE exists
//   RRDFLOW_TEST_THROW=LIST         exceptions; see throw_points
//   RRDFLOW_TEST_VERDICTS=off       no record is given up

#include "runtime/cli/command_line.hpp"
#include "runtime/demo/demo.hpp"
#include "runtime/service/logging.hpp"
#include "runtime/service/process.hpp"
#include "runtime/service/service.hpp"
#include "tests/switched/kill_point.hpp"
#include "tests/switched/throw_points.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace {

bool is_on(const char* name) {
  auto* text = std::getenv(name);
  return text == nullptr || std::string{text} != "off";
}

void wait_while_there(const std::string& file) {
  while (::access(file.c_str(), F_OK) == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
}

void add_throw_points(const char* list, rrdflow::test_switches& to) {
  auto points = std::make_shared<rrdflow::throw_points>(list);
  to.on_message = [points](const char* actor, const caf::mailbox_element& x) {
    points->message(actor, x);
  };
  to.before_record
    = [points](const rrdflow::journal_record& x) { points->record(x); };
  to.before_job = [points](const rrdflow::write_job& x) { points->job(x); };
}

rrdflow::test_switches from_environment() {
  rrdflow::test_switches result;
  result.arrival_clock = is_on("RRDFLOW_TEST_ARRIVAL_CLOCK");
  result.undo_log = is_on("RRDFLOW_TEST_UNDO_LOG");
  result.own_rows = is_on("RRDFLOW_TEST_OWN_ROWS");
  result.fill_holes = is_on("RRDFLOW_TEST_FILL_HOLES");
  if (!is_on("RRDFLOW_TEST_HEED_SYNC"))
    result.files.sync = [](int fd) {
      ::fdatasync(fd);
      return 0;
    };
  if (!is_on("RRDFLOW_TEST_ALLOCATE"))
    result.files.allocate = [](int fd, uint64_t size) {
      return ::ftruncate(fd, static_cast<off_t>(size)) == 0 ? 0 : errno;
    };
  result.verdicts = is_on("RRDFLOW_TEST_VERDICTS");
  if (auto* list = std::getenv("RRDFLOW_TEST_THROW"))
    add_throw_points(list, result);
  if (auto* file = std::getenv("RRDFLOW_TEST_HOLD_WRITER"))
    result.before_job = [path = std::string{file}](const rrdflow::write_job&) {
      wait_while_there(path);
    };
  if (auto* point = std::getenv("RRDFLOW_TEST_KILL"))
    result.at_write_step = rrdflow::kill_point(point);
  if (auto* file = std::getenv("RRDFLOW_TEST_HOLD_DECODER")) {
    auto look = [hold = result.hold_decoder, path = std::string{file}] {
      *hold = ::access(path.c_str(), F_OK) == 0;
      if (auto seen = path + ".seen"; *hold)
        std::ofstream{seen};
      else
        ::unlink(seen.c_str());
    };
    look();
    std::thread{[look] {
      for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        look();
      }
    }}.detach();
  }
  return result;
}

} // namespace

int main(int argc, char** argv) {
  using namespace rrdflow;
  open_standard_files();
  end_with_closed_pipes();
  configure_logging();
  service_verbs verbs;
  verbs.run = [](const config& settings, const std::string& file) {
    block_signals();
    return run_service(settings, file, from_environment());
  };
  verbs.demo = run_demo;
  auto result = run_command_line(argc, argv, verbs);
  finish_log();
  return result;
}
