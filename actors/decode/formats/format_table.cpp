#include "actors/decode/formats/format_table.hpp"

#include "actors/decode/formats/json_document.hpp"
#include "actors/decode/formats/number.hpp"

#include <iterator>

namespace rrdflow {

namespace {

constexpr bool matches_config() {
  if (std::size(format_table) != std::size(payload_format_names))
    return false;
  for (size_t i = 0; i < std::size(format_table); ++i)
    if (std::string_view{format_table[i].name} != payload_format_names[i])
      return false;
  return true;
}

static_assert(matches_config(), "config/payload_format.hpp has other names");

} // namespace

format_output::format_output() : json{std::make_unique<json_document>()} {
  // nop
}

format_output::~format_output() {
  // nop
}

read_status read_detected(const raw_payload& x, format_output& out) {
  switch (x.text.front()) {
    case '{':
    case '[':
      if (x.topic.substr(0, janitoo_prefix.size()) == janitoo_prefix) {
        auto result = read_janitoo(x, out);
        if (result != read_status::foreign)
          return result;
      }
      return read_json(x, out);
    case '"':
      // A text in quotes is JSON, too; one that only looks so is just text.
      if (read_json(x, out) == read_status::fields)
        return read_status::fields;
      break;
    default:
      break;
  }
  return read_number(x, out);
}

read_status
payload_reader::read(payload_format format, std::string_view topic,
                     std::string_view payload, int64_t arrival, char decimal) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  out_.fields.clear();
  raw_payload x{topic, trimmed(payload), arrival, decimal};
  if (x.text.substr(0, byte_order_mark.size()) == byte_order_mark)
    x.text = trimmed(x.text.substr(byte_order_mark.size()));
  if (x.text.empty())
    return read_status::empty;
  return formats_[static_cast<size_t>(format)].read(x, out_);
}

} // namespace rrdflow
