#pragma once

#include "actors/decode/formats/field_list.hpp"
#include "config/payload_format.hpp"
#include "config/rule_config.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rrdflow {

class json_document;

/// How reading a payload ended.
enum class read_status : uint8_t {
  /// Its fields are listed.
  fields,
  /// It can be read, but is nothing of this format: nothing is listed.
  foreign,
  /// Nothing in it: the sign that a retained message is cleared.
  empty,
  /// It is not what its format should be.
  broken,
  /// Its objects are nested too deeply.
  too_deep,
};

/// A message as a format gets it.
struct raw_payload {
  std::string_view topic;

  /// Not empty, without white space, NULs and a byte order mark at its ends.
  std::string_view text;

  /// Nanoseconds since the epoch.
  int64_t arrival = 0;

  /// What a number in a text has in front of its decimals: '.' or ','.
  char decimal = '.';
};

/// What a format fills, and memory for it to work in.
struct format_output {
  format_output();
  ~format_output();

  field_list fields;

  /// Of any content before.
  std::string path;
  std::unique_ptr<json_document> json;
};

/// A format makes a list of fields of a payload, each with a path, a value and,
/// if the payload says so, a time of its own. It is called with an empty list;
/// what it listed is of no use unless it returns `read_status::fields`.
using format_function = read_status (*)(const raw_payload&, format_output&);

/// Takes a payload for Janitoo's if the topic and what is inside say so, else
/// for JSON if it begins like it, else for a number or a word.
read_status read_detected(const raw_payload& x, format_output& out);

/// The whole payload is one number, or one text; or a number with a time as
/// `rrdtool update` takes them.
read_status read_number(const raw_payload& x, format_output& out);

/// Lists every field that is not an object or array, in the order of the text.
/// An array's values are fields by their place, from 0; its objects are
/// records, whose fields' paths are as if the object stood in the array's
/// place. A payload that is a single value has the empty path. A key that
/// stands twice in an object is listed twice.
read_status read_json(const raw_payload& x, format_output& out);

/// Lists each value of genre 1 (basic) or 2 (user) in one of three shapes: a
/// flat value, `{index: value}`, `{any: {any: value}}`. The names outside of a
/// value mean nothing; its own `hadd`, `uuid` and `index` (0 if it has none)
/// make its path `<hadd>/<uuid>/<index>`, of which the topic
/// `/values/<genre>/<hadd>/<uuid>` says all but the index. Data that is no
/// number, truth value, number in a string, or null is "none".
read_status read_janitoo(const raw_payload& x, format_output& out);

/// Matches all topics on which values of Janitoo nodes are published.
inline constexpr auto janitoo_filter = "/values/#";

/// What all these topics begin with.
inline constexpr std::string_view janitoo_prefix = "/values/";

/// The path of the value with this address, as sources of [[rrd]]s name it.
std::string janitoo_path(const rrd_source_config::janitoo_address& x);

struct format_entry {
  /// What a configuration calls it.
  const char* name;
  format_function read;
};

/// All formats, in the order of `payload_format`.
constexpr format_entry format_table[] = {
  {"auto", read_detected},
  {"number", read_number},
  {"json", read_json},
  {"janitoo", read_janitoo},
};

/// Reads payloads of all formats. Its memory is kept for the next message.
///
/// Concurrency: one thread.
class payload_reader {
public:
  /// @param formats In the order of `payload_format`.
  explicit payload_reader(const format_entry* formats = format_table)
    : formats_{formats} {
    // nop
  }

  read_status
  read(payload_format format, std::string_view topic, std::string_view payload,
       int64_t arrival, char decimal = '.');

  /// What the last payload held; valid until the next.
  const field_list& fields() const noexcept {
    return out_.fields;
  }

private:
  const format_entry* formats_;
  format_output out_;
};

} // namespace rrdflow
