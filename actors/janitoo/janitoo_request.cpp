#include "actors/janitoo/janitoo_request.hpp"

#include "config/ascii.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace rrdflow {

namespace {

namespace dom = simdjson::dom;

constexpr size_t max_address = 64;

/// Python takes 2.0 for 2.
std::optional<int64_t> whole(const dom::element& x) {
  int64_t number = 0;
  if (x.get(number) == simdjson::SUCCESS)
    return number;
  double real = 0;
  if (x.get(real) != simdjson::SUCCESS || std::floor(real) != real
      || std::fabs(real) > 1e9)
    return std::nullopt;
  return static_cast<int64_t>(real);
}

bool text(const dom::element& x, std::string& result) {
  std::string_view view;
  if (x.get(view) != simdjson::SUCCESS)
    return false;
  result = view;
  return true;
}

/// Whether `x` may be a part of topics: a broker closes the connection for bad
/// ones.
bool is_address(const std::string& x) {
  return !x.empty() && x.size() <= max_address
         && std::all_of(x.begin(), x.end(), [](char c) {
              return std::isalnum(static_cast<unsigned char>(c)) != 0
                     || c == '/' || c == '-' || c == '_' || c == '.';
            });
}

/// Bools, and strings as the original reads them.
bool flag(const dom::element& x, std::optional<bool>& result) {
  bool value = false;
  std::string word;
  if (x.get(value) == simdjson::SUCCESS) {
    result = value;
  } else if (text(x, word)) {
    word = to_lower(word);
    result = word != "0" && word != "false" && word != "off" && word != "no";
  } else {
    return false;
  }
  return true;
}

/// Of members of the same name the last one counts, as in Python.
janitoo_refusal
take(std::string_view name, const dom::element& x, janitoo_request& to) {
  if (name == "cmd_class" || name == "genre") {
    auto number = whole(x);
    if (!number)
      return janitoo_refusal::fields;
    (name == "genre" ? to.genre : to.cmd_class) = *number;
  } else if (name == "uuid" || name == "hadd") {
    if (!text(x, name == "uuid" ? to.uuid : to.hadd))
      return janitoo_refusal::fields;
  } else if (name == "reply_hadd") {
    if (x.is_null())
      to.reply_hadd.clear();
    else if (!text(x, to.reply_hadd) || !is_address(to.reply_hadd))
      return janitoo_refusal::fields;
  } else if (name == "is_readonly") {
    if (!flag(x, to.readonly))
      return janitoo_refusal::flags;
  } else if (name == "is_writeonly") {
    if (!flag(x, to.writeonly))
      return janitoo_refusal::flags;
  } else if (name == "data") {
    to.data.clear();
    text(x, to.data);
  }
  to.fields.set(name, simdjson::minify(x));
  return janitoo_refusal::none;
}

} // namespace

const char* to_string(janitoo_refusal x) {
  constexpr const char* names[]
    = {"none",  "size", "overload", "retained", "json",    "fields", "flags",
       "topic", "hadd", "value",    "action",   "setting", "flow"};
  static_assert(std::size(names) == janitoo_refusals);
  return names[static_cast<size_t>(x)];
}

struct janitoo_reader::parser {
  dom::parser value;
};

janitoo_reader::janitoo_reader() : parser_{std::make_unique<parser>()} {
  // nop
}

janitoo_reader::~janitoo_reader() = default;

janitoo_refusal
janitoo_reader::read(std::string_view payload, janitoo_request& x) {
  simdjson::padded_string padded{payload};
  auto& dom_parser = parser_->value;
  if (padded.size() > dom_parser.capacity()
      && dom_parser.allocate(padded.size(), max_depth) != simdjson::SUCCESS)
    return janitoo_refusal::json;
  dom::object object;
  if (dom_parser.parse(padded).get(object) != simdjson::SUCCESS)
    return janitoo_refusal::json;
  x = {};
  // Each member is looked for among those before it.
  if (object.size() > 100)
    return janitoo_refusal::fields;
  for (auto [name, value] : object)
    if (auto refused = take(name, value, x); refused != janitoo_refusal::none)
      return refused;
  for (auto name : {"cmd_class", "genre", "uuid"})
    if (x.fields.find(name) == nullptr)
      return janitoo_refusal::fields;
  return janitoo_refusal::none;
}

} // namespace rrdflow
