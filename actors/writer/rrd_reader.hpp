#pragma once

#include "actors/writer/rrd_folder.hpp"
#include "messages/writer_values.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Values that one read may give, of all functions, NaN included.
constexpr uint64_t max_read_values = 8u << 20;

/// Bytes of the largest file that is copied to lay waiting rows over it.
constexpr uint64_t max_copied_size = 256u << 20;

/// Bytes of the largest file that is handed over as a whole.
constexpr uint64_t max_handed_size = 32u << 20;

/// For each function of the request, in their order, what `rrdtool fetch` would
/// give had the waiting rows been written: all of its rows, of which the first
/// may begin before `from` and the last end behind `to`. Nothing if the file
/// has no archive of the function; for the first one that is an error. Changes
/// no file. Blocks.
///
/// Operation: `row_update` computes the rows of the archives that are asked
/// for; the others are read from the file. What only librrd can update is
/// copied to memory for it.
///
/// @returns ec::not_found if there is neither a file nor a waiting row,
/// ec::bad_request, ec::damaged, ec::io_failed, ec::rrd_failed
caf::expected<std::vector<fetch_result>>
fetch_rows(const rrd_folder& folder, std::string_view path,
           const read_request& request);

/// What is known of a file. Errors: ec::io_failed, which says nothing about the
/// file: it could not be read now.
caf::expected<file_info>
describe_file(const rrd_folder& folder, std::string_view path);

/// The bytes of a sound file. Errors: ec::not_found, ec::too_large,
/// ec::damaged, or ec::io_failed if it could not be read now.
caf::expected<file_copy>
copy_file(const rrd_folder& folder, std::string_view path);

/// Index of the archive that `rrdtool fetch` takes, or -1: none fits.
int choose_archive(const file_definition& file, int64_t last_update,
                   consolidation function, int64_t from, int64_t to,
                   int64_t resolution);

/// The resolution to choose an archive by, such that the request's first
/// function gives at most `max_points` rows: the wanted one, or that of a
/// coarser archive. Errors: ec::bad_request if there is none, or no archive of
/// the function.
caf::expected<int64_t>
bounded_resolution(const file_definition& file, int64_t last_update,
                   const read_request& request);

} // namespace rrdflow
