#pragma once

#include "actors/decode/formats/field_list.hpp"

#include <string>

namespace simdjson::dom {
class element;
} // namespace simdjson::dom

namespace rrdflow {

/// A single value of JSON; not for objects and arrays, which hold "none".
scalar json_scalar(const simdjson::dom::element& x);

/// Format `json`: lists every field that is not an object or array, in the
/// order of the text; arrays are passed over with all that is in them. A
/// payload that is a single value has the empty path. A key that stands twice
/// in an object is listed twice.
/// @param path Memory to work in, kept by the caller for the next message.
void read_json(const simdjson::dom::element& x, std::string& path,
               field_list& xs);

} // namespace rrdflow
