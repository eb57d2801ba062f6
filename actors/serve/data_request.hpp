#pragma once

#include "actors/serve/http_message.hpp"
#include "config/file_definition.hpp"
#include "messages/error.hpp"
#include "messages/writer_values.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>

namespace rrdflow {

enum class data_format : uint8_t { json, csv };

/// What `/api/v1/data` was asked for.
struct data_request {
  std::string series;

  /// Seconds since the epoch, (from, to].
  int64_t from = 0;
  int64_t to = 0;

  /// The wanted distance of points in seconds; 0: the finest.
  int64_t resolution = 0;

  consolidation function = consolidation::average;
  data_format format = data_format::json;
};

/// The most points of one answer.
constexpr int64_t max_points = 100000;

/// Reads the parameters; `now` is in seconds since the epoch.
/// @returns ec::bad_request for what makes no sense.
caf::expected<data_request>
parse_data_request(const http_parameters& xs, int64_t now);

/// The resolution to ask a file for, such that its answer has at most
/// `max_points`: the wanted one, or that of a coarser archive.
/// @returns ec::bad_request if no archive can give that, or none has the
///          function.
caf::expected<int64_t>
bounded_resolution(const data_request& x, const file_definition& file,
                   int64_t now);

/// One column of `x` in the wanted format.
/// @returns ec::bad_request if it has too many points.
caf::expected<http_response>
format_data(const fetch_result& x, size_t column, data_format format);

} // namespace rrdflow
