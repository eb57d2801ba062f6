#include "actors/writer/rrd_create.hpp"

#include "actors/writer/librrd.hpp"
#include "actors/writer/rrd_image.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cmath>
#include <system_error>

namespace rrdflow {

namespace {

bool same(double x, double y) {
  return x == y || (std::isnan(x) && std::isnan(y));
}

const source_definition*
wanted(const file_definition& job, const source_definition& x) {
  for (const auto& source : job.sources)
    if (source.name == x.name && source.type == x.type)
      return same(source.min, x.min) && same(source.max, x.max)
                 && source.heartbeat == x.heartbeat
               ? nullptr
               : &source;
  return nullptr;
}

} // namespace

bool tune(int fd, const file_definition& job, rrd_header& header) {
  const auto& sources = header.definition.sources;
  for (size_t i = 0; i < sources.size(); ++i)
    if (auto source = wanted(job, sources[i])) {
      if (!tune_source(fd, i, *source))
        return false;
      take_tuned(header, i, *source);
    }
  return true;
}

new_file make_file(const rrd_folder& folder, const std::string& name,
                   const file_definition& definition, int64_t last_update) {
  new_file result;
  auto failed = [&](std::string reason) {
    folder.discard(name);
    result.file.state = open_state::failed;
    result.file.reason = std::move(reason);
    return std::move(result);
  };
  if (auto err = librrd::create(folder.fresh(), name, definition, last_update))
    return failed(explain(err));
  result.file = folder.open_fresh(name);
  if (result.file.state == open_state::missing)
    return failed("librrd made no file and says not why; is the disk full?");
  if (result.file.state != open_state::ok)
    return failed(result.file.reason);
  auto fd = result.file.fd.get();
  // librrd does not notice a disk that gets full while it closes the file.
  auto header = read_header(fd, result.file.size);
  if (!header)
    return failed("the new file is incomplete: " + header.reason);
  if (!tune(fd, definition, header) || ::fchmod(fd, 0640) != 0)
    return failed(std::generic_category().message(errno));
  result.header = std::move(header);
  return result;
}

} // namespace rrdflow
