#include "actors/writer/row_store.hpp"

#include "actors/base/file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace rrdflow {

namespace {

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

} // namespace

store_state store_update(int fd, const rrd_header& header, const row_update& x,
                         const std::function<void()>& rows_written) {
  for (const auto& archive : x.archives())
    if (!store_rows(fd, archive, x.width()))
      return store_state::failed;
  rows_written();
  return store_live(fd, header, x.live());
}

} // namespace rrdflow
