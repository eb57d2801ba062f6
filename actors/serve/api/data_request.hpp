#pragma once

#include "actors/serve/http/http_message.hpp"
#include "messages/error.hpp"
#include "messages/writer_values.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

enum class data_format : uint8_t { json, csv, columns };

/// What `/api/v1/data` was asked for.
struct data_request {
  std::string series;

  /// The range, the functions (of which the format `columns` alone takes
  /// several) and the bounds; the file is not known yet.
  read_request read;

  data_format format = data_format::json;
};

/// The most points of one answer.
constexpr int64_t max_points = 100000;

/// Reads the parameters; `now` is in seconds since the epoch.
/// @returns ec::bad_request for what makes no sense.
caf::expected<data_request>
parse_data_request(const http_parameters& xs, int64_t now);

/// One column of `x` as JSON or CSV.
/// @returns ec::bad_request if it has too many points.
caf::expected<http_response>
format_data(const fetch_result& x, size_t column, data_format format);

/// One column of what each function gave, as arrays. A function whose rows are
/// not those of the first is left out.
/// @pre `functions` and `results` have the same size, at least one
caf::expected<http_response>
format_columns(const std::vector<consolidation>& functions,
               const std::vector<fetch_result>& results, size_t column);

} // namespace rrdflow
