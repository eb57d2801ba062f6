#pragma once

#include "actors/decode/formats/field_list.hpp"

#include <string>
#include <string_view>

namespace rrdflow {

/// Reads an object of JSON as nearly all devices write it: values are texts of
/// ASCII without escapes, numbers without an exponent, true, false, null, and
/// objects of these. Lists what `read_json` does.
/// @param path Memory to work in.
/// @returns false if there is anything else, or anything wrong: then
///          json_document is to judge, and what was listed is of no use
bool read_plain_json(std::string_view text, std::string& path, field_list& xs);

} // namespace rrdflow
