#pragma once

#include "actors/decode/formats/field_list.hpp"
#include "config/rule_config.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace rrdflow {

class json_document;

/// What became of reading a payload.
enum class read_status : uint8_t {
  /// There are fields.
  fields,
  /// Nothing in it: the sign that a retained message is cleared.
  empty,
  /// It is what its format should not be.
  broken,
};

/// Reads payloads of all formats. Format `auto` takes a payload for Janitoo's
/// if the topic and what is inside say so, else for JSON if it begins like it,
/// else for a number or a word.
///
/// Concurrency: one thread.
class payload_reader {
public:
  payload_reader();
  ~payload_reader();

  read_status
  read(payload_format format, std::string_view topic, std::string_view payload);

  /// What the last payload held; valid until the next.
  const field_list& fields() const noexcept {
    return fields_;
  }

  /// Whether the last payload was Janitoo's.
  bool was_janitoo() const noexcept {
    return janitoo_;
  }

  /// Why the last payload was broken: a literal.
  const char* reason() const noexcept {
    return reason_;
  }

private:
  read_status read_document(payload_format format, std::string_view topic,
                            std::string_view payload);

  std::unique_ptr<json_document> document_;
  field_list fields_;
  std::string path_;
  bool janitoo_ = false;
  const char* reason_ = "";
};

} // namespace rrdflow
