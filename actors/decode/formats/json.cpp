#include "actors/decode/formats/format_table.hpp"
#include "actors/decode/formats/json_document.hpp"
#include "actors/decode/formats/number.hpp"

#include <charconv>

namespace rrdflow {

namespace dom = simdjson::dom;

namespace {

/// Objects inside each other; json_document takes more.
constexpr int max_depth = 8;

/// What stands in a text as it is meant.
constexpr bool is_plain(char c) noexcept {
  return c >= ' ' && c < '\x7f' && c != '"' && c != '\\';
}

/// Goes through a text from the left; every member says whether it went on.
struct plain_reader {
  const char* at;
  const char* end;
  std::string& path;
  field_list& out;

  void skip_space() noexcept {
    while (at != end
           && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
      ++at;
  }

  bool take(char c) noexcept {
    if (at == end || *at != c)
      return false;
    ++at;
    return true;
  }

  bool take(std::string_view word) noexcept {
    if (static_cast<size_t>(end - at) < word.size()
        || std::string_view{at, word.size()} != word)
      return false;
    at += word.size();
    return true;
  }

  bool text(std::string_view& x) noexcept {
    if (!take('"'))
      return false;
    auto begin = at;
    while (at != end && is_plain(*at))
      ++at;
    x = {begin, static_cast<size_t>(at - begin)};
    return take('"');
  }

  bool number(scalar& x) noexcept {
    auto digits = at + (*at == '-' ? 1 : 0);
    if (end - digits > 1 && *digits == '0' && is_digit(digits[1]))
      return false;
    auto behind = read_decimal(at, end, x);
    if (behind == nullptr)
      return false;
    at = behind;
    return true;
  }

  /// Anything but an object.
  bool value(scalar& x) noexcept {
    switch (*at) {
      case '"': {
        std::string_view y;
        if (!text(y))
          return false;
        x = scalar::of(y);
        return true;
      }
      case 't':
        x = scalar::of(true);
        return take("true");
      case 'f':
        x = scalar::of(false);
        return take("false");
      case 'n':
        x = scalar::unknown();
        return take("null");
      default:
        return number(x);
    }
  }

  /// A key of the outermost object.
  bool key(std::string_view& x, int16_t& priority) {
    auto place = out.size();
    if (auto* known = out.keys().find(place, at, end)) {
      x = {at + 1, known->quoted.size() - 2};
      priority = known->priority;
      at += known->quoted.size();
      return true;
    }
    if (!text(x) || x.size() > field_list::max_path)
      return false;
    priority = field_role(x);
    out.keys().note(place, x, priority);
    return true;
  }

  bool colon() noexcept {
    skip_space();
    if (!take(':'))
      return false;
    skip_space();
    return at != end;
  }

  /// A member of the outermost object.
  bool member() {
    std::string_view x;
    int16_t priority = -1;
    if (!key(x, priority) || !colon())
      return false;
    if (*at == '{') {
      path = x;
      return object(1);
    }
    scalar y;
    if (!value(y))
      return false;
    out.add_lasting(x, priority, y);
    return true;
  }

  bool member_of(size_t prefix, int depth) {
    std::string_view x;
    if (!text(x) || prefix + x.size() >= field_list::max_path || !colon())
      return false;
    path.resize(prefix);
    path += '/';
    path += x;
    if (*at == '{')
      return object(depth + 1);
    scalar y;
    if (!value(y))
      return false;
    out.add(path, y);
    return true;
  }

  bool object(int depth) {
    auto prefix = path.size();
    if (depth > max_depth || !take('{'))
      return false;
    skip_space();
    if (take('}'))
      return true;
    for (;;) {
      if (!(depth == 0 ? member() : member_of(prefix, depth)))
        return false;
      skip_space();
      if (!take(','))
        return take('}');
      skip_space();
    }
  }
};

// The depth of recursion is bounded by json_document::max_depth.

/// Lists what `x` holds, whose place is `out.path`.
/// @param nested it is the value of a key or place
void read_value(const dom::element& x, bool nested, format_output& out);

/// Adds a level to `out.path`, which has `prefix` bytes.
void set_level(std::string& path, size_t prefix, bool nested,
               std::string_view level) {
  path.resize(prefix);
  if (nested)
    path += '/';
  // Longer paths are left out by the list; do not grow without bound.
  if (path.size() <= field_list::max_path)
    path += level;
}

void read_object(const dom::object& xs, bool nested, format_output& out) {
  auto prefix = out.path.size();
  for (auto [key, value] : xs) {
    set_level(out.path, prefix, nested, key);
    read_value(value, true, out);
  }
  out.path.resize(prefix);
}

void read_array(const dom::array& xs, bool nested, format_output& out) {
  auto prefix = out.path.size();
  uint32_t place = 0;
  for (auto x : xs) {
    if (x.is_object()) {
      auto outer = out.fields.enter_record(prefix + (nested ? 1 : 0));
      read_object(x.get_object().value_unsafe(), nested, out);
      out.fields.leave_record(outer);
    } else {
      char digits[12];
      auto end = std::to_chars(digits, digits + sizeof(digits), place).ptr;
      set_level(out.path, prefix, nested,
                {digits, static_cast<size_t>(end - digits)});
      read_value(x, true, out);
      out.path.resize(prefix);
    }
    ++place;
  }
}

void read_value(const dom::element& x, bool nested, format_output& out) {
  if (x.is_object())
    read_object(x.get_object().value_unsafe(), nested, out);
  else if (x.is_array())
    read_array(x.get_array().value_unsafe(), nested, out);
  else
    out.fields.add(out.path, out.json->value_of(x));
}

} // namespace

bool read_plain_json(std::string_view text, std::string& path, field_list& xs) {
  path.clear();
  plain_reader in{text.data(), text.data() + text.size(), path, xs};
  in.skip_space();
  if (!in.object(0))
    return false;
  in.skip_space();
  return in.at == in.end;
}

read_status read_json(const raw_payload& x, format_output& out) {
  // Several times as fast, but it knows only what is usual.
  if (x.text.front() == '{') {
    if (read_plain_json(x.text, out.path, out.fields))
      return read_status::fields;
    out.fields.clear();
  }
  dom::element root;
  if (auto status = out.json->parse(x.text, root);
      status != read_status::fields)
    return status;
  out.path.clear();
  read_value(root, false, out);
  return read_status::fields;
}

} // namespace rrdflow
