#include "actors/writer/librrd.hpp"

#include "messages/error.hpp"

#include <rrd.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace rrdflow::librrd {

namespace {

/// librrd's error text, without the descriptor's path in front.
caf::error failure(const std::string& path) {
  std::string text = rrd_test_error() ? rrd_get_error() : "";
  rrd_clear_error();
  if (text.rfind(path + ": ", 0) == 0)
    text.erase(0, path.size() + 2);
  // E.g. on a full disk.
  if (text.empty())
    text = "failed without a reason; is the disk full?";
  return fail(ec::rrd_failed, "librrd: " + text);
}

template <class T>
void append_number(std::string& text, T x) {
  char buf[32];
  auto end = std::to_chars(buf, buf + sizeof(buf), x).ptr;
  text.append(buf, end);
}

// librrd 1.7.2 makes both on first use, and marks them as made before they are:
// a second thread that asks meanwhile gets 0. Hence this happens before any
// thread starts.
const double not_a_number = rrd_set_to_DNAN();
[[maybe_unused]] const double infinity = rrd_set_to_DINF();

} // namespace

void initialise() {
  ::unsetenv("RRDCACHED_ADDRESS");
}

double unknown() {
  return not_a_number;
}

void append_value(std::string& text, const cell& x, source_type type) {
  if (!x.known) {
    text += 'U';
  } else if (type == source_type::counter) {
    append_number(text, x.value.bits);
  } else if (type == source_type::derive) {
    append_number(text, static_cast<int64_t>(x.value.bits));
  } else if (auto value = x.value.as_double(); std::isfinite(value)) {
    append_number(text, value);
  } else {
    text += 'U';
  }
}

caf::error update(int fd, const row_block& rows, size_t first, size_t last,
                  size_t sources, const column_map& map) {
  constexpr cell unknown_cell;
  std::string text;
  std::vector<size_t> begins;
  auto newest = first > 0 ? rows.time_ms(first - 1) : INT64_MIN;
  for (auto i = first; i < last; ++i) {
    auto time = rows.time_ms(i);
    if (time <= newest)
      continue;
    newest = time;
    begins.push_back(text.size());
    append_number(text, time / 1000);
    if (auto rest = time % 1000; rest != 0)
      // All three digits: librrd's reading of fewer may round otherwise.
      text += '.' + std::to_string(1000 + rest).substr(1);
    auto cells = rows.cells.data() + i * sources;
    for (const auto& column : map.columns) {
      text += ':';
      append_value(text, column.from < 0 ? unknown_cell : cells[column.from],
                   column.type);
    }
    text += '\0';
  }
  std::vector<const char*> argv;
  for (auto begin : begins)
    argv.push_back(text.data() + begin);
  if (argv.empty())
    return caf::none;
  auto path = "/proc/self/fd/" + std::to_string(fd);
  rrd_clear_error();
  if (rrd_updatex_r(path.c_str(), nullptr, RRD_SKIP_PAST_UPDATES,
                    static_cast<int>(argv.size()), argv.data())
      != 0)
    return failure(path);
  return caf::none;
}

} // namespace rrdflow::librrd
