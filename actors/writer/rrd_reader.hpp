#pragma once

#include "actors/writer/rrd_folder.hpp"
#include "messages/writer_values.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace rrdflow {

/// Values that one read may give, NaN included.
constexpr uint64_t max_read_values = 8u << 20;

/// Bytes of the largest file that is copied to lay waiting rows over it.
constexpr uint64_t max_copied_size = 256u << 20;

/// What `rrdtool fetch` would say had the waiting rows been written. Changes
/// nothing: rows go into a copy in memory, or into a file called `fresh` in the
/// folder of new files, which is gone afterwards, if there is no file yet.
caf::expected<fetch_result>
read_file(const rrd_folder& folder, std::string_view path,
          const std::string& fresh, const read_job& job);

/// What is known of a file. Errors: ec::io_failed, which says nothing about the
/// file: it could not be read now.
caf::expected<file_info>
describe_file(const rrd_folder& folder, std::string_view path);

/// Index of the archive that `rrdtool fetch` takes, or -1: none fits.
int choose_archive(const file_definition& file, int64_t last_update,
                   consolidation function, int64_t from, int64_t to,
                   int64_t resolution);

} // namespace rrdflow
