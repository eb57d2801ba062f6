#include "actors/writer/rrd_image.hpp"

#include "actors/base/file.hpp"
#include "actors/writer/rrd_layout.hpp"

#include <unistd.h>

#include <array>
#include <cstring>

namespace rrdflow {

using namespace rrd_layout;

namespace {

size_t tunables_of(size_t source) {
  return static_size + source * source_size + source_tunables_at;
}

std::array<char, tunables_size> tunables(const source_definition& x) {
  std::array<char, tunables_size> result;
  std::memcpy(result.data(), &x.heartbeat, 8);
  std::memcpy(result.data() + 8, &x.min, 8);
  std::memcpy(result.data() + 16, &x.max, 8);
  return result;
}

} // namespace

uint64_t file_size(const file_definition& x) {
  uint64_t sources = x.sources.size();
  uint64_t archives = x.archives.size();
  auto result = static_size + sources * source_size + archives * archive_size
                + live_size + sources * pending_size
                + archives * sources * consolidated_size
                + archives * pointer_size;
  for (const auto& archive : x.archives)
    result += archive.rows * sources * sizeof(double);
  return result;
}

std::string undo_image(const rrd_header& x) {
  auto sources = x.definition.sources.size();
  std::string result;
  result.reserve(sources * tunables_size + x.bytes.size() - x.live_begin);
  for (size_t i = 0; i < sources; ++i)
    result.append(x.bytes, tunables_of(i), tunables_size);
  result.append(x.bytes, x.live_begin);
  return result;
}

bool restore_image(int fd, const rrd_header& x, std::string_view image) {
  for (size_t i = 0; i < x.definition.sources.size(); ++i) {
    if (!write_all(fd, image.substr(0, tunables_size), tunables_of(i)))
      return false;
    image.remove_prefix(tunables_size);
  }
  return write_all(fd, image, x.live_begin);
}

bool tune_source(int fd, size_t index, const source_definition& x) {
  auto bytes = tunables(x);
  return write_all(fd, {bytes.data(), bytes.size()}, tunables_of(index));
}

void take_tuned(rrd_header& x, size_t index, const source_definition& source) {
  auto bytes = tunables(source);
  std::memcpy(x.bytes.data() + tunables_of(index), bytes.data(), bytes.size());
  auto& to = x.definition.sources[index];
  to.heartbeat = source.heartbeat;
  to.min = source.min;
  to.max = source.max;
}

bool read_last_update(int fd, const rrd_header& x, int64_t& result) {
  return ::pread(fd, &result, sizeof(result), static_cast<off_t>(x.live_begin))
         == sizeof(result);
}

} // namespace rrdflow
