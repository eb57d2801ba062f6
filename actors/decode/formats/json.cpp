#include "actors/decode/formats/json.hpp"

#include "actors/decode/formats/json_document.hpp"

namespace rrdflow {

namespace dom = simdjson::dom;

namespace {

/// The depth of recursion is bounded by json_document::max_depth.
void read_object(const dom::object& xs, bool nested, std::string& path,
                 field_list& out) {
  auto prefix = path.size();
  for (auto [key, value] : xs) {
    path.resize(prefix);
    if (nested)
      path += '/';
    // Longer paths are left out by the list; do not grow without bound.
    if (path.size() <= field_list::max_path)
      path += key;
    if (value.is_object())
      read_object(value.get_object().value_unsafe(), true, path, out);
    else if (!value.is_array())
      out.add(path, json_scalar(value));
  }
  path.resize(prefix);
}

} // namespace

scalar json_scalar(const dom::element& x) {
  switch (x.type()) {
    case dom::element_type::BOOL:
      return scalar::of(x.get_bool().value_unsafe());
    case dom::element_type::INT64:
      return scalar::of(x.get_int64().value_unsafe());
    case dom::element_type::UINT64:
      return scalar::of(x.get_uint64().value_unsafe());
    case dom::element_type::DOUBLE:
      return scalar::of(x.get_double().value_unsafe());
    case dom::element_type::STRING: {
      auto text = x.get_string().value_unsafe();
      return json_document::is_beyond(text) ? scalar::beyond()
                                            : scalar::of(text);
    }
    default:
      return scalar::none();
  }
}

void read_json(const dom::element& x, std::string& path, field_list& xs) {
  path.clear();
  if (x.is_object())
    read_object(x.get_object().value_unsafe(), false, path, xs);
  else if (!x.is_array())
    xs.add({}, json_scalar(x));
}

} // namespace rrdflow
