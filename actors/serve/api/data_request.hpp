#pragma once

#include "actors/serve/http/http_message.hpp"
#include "config/file_definition.hpp"
#include "messages/error.hpp"
#include "messages/writer_values.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

enum class data_format : uint8_t { json, csv, columns };

/// What `/api/v1/data` was asked for.
struct data_request {
  std::string series;

  /// Seconds since the epoch, (from, to].
  int64_t from = 0;
  int64_t to = 0;

  /// The wanted distance of points in seconds; 0: the finest.
  int64_t resolution = 0;

  /// At least one; the format `columns` alone takes several.
  std::vector<consolidation> functions{consolidation::average};
  data_format format = data_format::json;
};

/// The most points of one answer.
constexpr int64_t max_points = 100000;

/// Reads the parameters; `now` is in seconds since the epoch.
/// @returns ec::bad_request for what makes no sense.
caf::expected<data_request>
parse_data_request(const http_parameters& xs, int64_t now);

/// The resolution to ask a file for, such that its answer has at most
/// `max_points`: the wanted one, or that of a coarser archive. Several
/// functions share that of the first.
/// @returns ec::bad_request if no archive can give that, or none has the
///          function.
caf::expected<int64_t>
bounded_resolution(const data_request& x, const file_definition& file,
                   int64_t now);

/// One column of `x` as JSON or CSV.
/// @returns ec::bad_request if it has too many points.
caf::expected<http_response>
format_data(const fetch_result& x, size_t column, data_format format);

/// One column of what each function gave, as arrays. A function whose rows are
/// not those of the first is left out.
/// @pre The first function gave something.
caf::expected<http_response>
format_columns(const std::vector<std::pair<consolidation, fetch_result>>& xs,
               size_t column);

} // namespace rrdflow
