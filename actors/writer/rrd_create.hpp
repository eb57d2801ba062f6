#pragma once

#include "actors/writer/rrd_folder.hpp"
#include "actors/writer/rrd_header.hpp"

#include <cstdint>
#include <string>

namespace rrdflow {

/// A file that was made in the folder of new files, not published yet.
struct new_file {
  opened_file file;
  rrd_header header;
};

/// Makes an RRD file called `name` in the folder of new files; it starts at
/// `last_update`. Failures, a full disk among them, are in `file`, and leave
/// nothing behind.
new_file make_file(const rrd_folder& folder, const std::string& name,
                   const file_definition& definition, int64_t last_update);

/// Writes heartbeat, min and max of the job's sources into the file, and into
/// `header`, where they differ. Returns false, with errno, on failure.
bool tune(int fd, const file_definition& job, rrd_header& header);

} // namespace rrdflow
