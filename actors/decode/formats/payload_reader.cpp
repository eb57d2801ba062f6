#include "actors/decode/formats/payload_reader.hpp"

#include "actors/decode/formats/janitoo.hpp"
#include "actors/decode/formats/json.hpp"
#include "actors/decode/formats/json_document.hpp"
#include "actors/decode/formats/number.hpp"
#include "actors/decode/formats/plain_json.hpp"

namespace rrdflow {

payload_reader::payload_reader()
  : document_{std::make_unique<json_document>()} {
  // nop
}

payload_reader::~payload_reader() {
  // nop
}

read_status
payload_reader::read_document(payload_format format, std::string_view topic,
                              std::string_view payload) {
  auto is_janitoo
    = format == payload_format::janitoo
      || (format == payload_format::automatic && is_janitoo_topic(topic));
  // Several times as fast, but it knows only what is usual.
  if (!is_janitoo && payload.front() == '{') {
    if (read_plain_json(payload, path_, fields_))
      return read_status::fields;
    fields_.clear();
  }
  simdjson::dom::element x;
  if (!document_->parse(payload, x, reason_))
    return read_status::broken;
  if (is_janitoo)
    janitoo_ = read_janitoo(x, topic, path_, fields_);
  if (!janitoo_ && format != payload_format::janitoo)
    read_json(x, path_, fields_);
  return read_status::fields;
}

read_status payload_reader::read(payload_format format, std::string_view topic,
                                 std::string_view payload) {
  fields_.clear();
  janitoo_ = false;
  reason_ = "";
  auto text = trimmed(payload);
  if (text.empty())
    return read_status::empty;
  switch (format) {
    case payload_format::json:
    case payload_format::janitoo:
      return read_document(format, topic, text);
    case payload_format::automatic:
      if (text.front() == '{' || text.front() == '[')
        return read_document(format, topic, text);
      // A text in quotes is JSON, too; one that only looks so is just text.
      if (text.front() == '"'
          && read_document(format, topic, text) == read_status::fields)
        return read_status::fields;
      break;
    case payload_format::number:
      break;
  }
  read_number(text, fields_);
  return read_status::fields;
}

} // namespace rrdflow
