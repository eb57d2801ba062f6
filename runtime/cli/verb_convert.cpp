#include "actors/base/calendar.hpp"
#include "runtime/cli/text_table.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/convert/convert_files.hpp"

namespace rrdflow {

int verb_convert(const convert_options& x, console& terminal) {
  auto clock = time_zone::of(x.timezone);
  if (!clock) {
    terminal.err << "rrdflow: " << for_terminal(explain(clock.error())) << '\n';
    return exit_usage;
  }
  auto to = x.to.empty() ? default_target(x.from) : x.to;
  auto files = convert_files(x.from, to, *clock);
  auto result = exit_ok;
  auto inexact = false;
  for (auto& file : files) {
    if (!file.failed.empty()) {
      terminal.err << "rrdflow: " << for_terminal(file.failed) << '\n';
      result = exit_io;
      continue;
    }
    inexact = inexact || file.inexact > 0;
    terminal.out << for_terminal(file.from) << " -> " << for_terminal(file.to)
                 << ": last update " << iso_time(file.is * 1'000'000'000);
    if (file.inexact > 0)
      terminal.out << "; " << file.inexact
                   << " coarse rows are in the nearest slot";
    terminal.out << '\n';
  }
  if (files.empty())
    terminal.out << "no .rrd file in " << for_terminal(x.from) << '\n';
  if (inexact)
    terminal.out << "The offset of " << for_terminal(x.timezone)
                 << " is no multiple of these rows, and nothing finer reaches "
                    "back so far.\n";
  return result;
}

} // namespace rrdflow
