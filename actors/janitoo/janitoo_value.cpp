#include "actors/janitoo/janitoo_value.hpp"

namespace rrdflow {

const char* genre_name(int64_t genre) {
  switch (genre) {
    case janitoo::basic:
      return "basic";
    case janitoo::user:
      return "user";
    case janitoo::setting:
      return "config";
    case janitoo::system:
      return "system";
    default:
      return "command";
  }
}

json_object describe(const janitoo_value& x, const std::string& node_uuid,
                     const std::string& hadd, size_t i, bool with_config) {
  auto label = x.label;
  if (with_config && i < x.configs.size())
    label += " (" + x.configs[i] + ')';
  json_object result;
  if (!x.entry_name.empty())
    result.set("entry_name", json_text(x.entry_name));
  result.set("uuid", json_text(x.uuid))
    .set("node_uuid", json_text(node_uuid))
    .set("voice_uuid", "null")
    .set("hadd", json_text(hadd))
    .set("cmd_class", json_text(x.cmd_class))
    .set("is_readonly", json_text(x.readonly))
    .set("is_writeonly", json_text(x.writeonly))
    .set("default", x.default_json)
    .set("label", json_text(label))
    .set("help", json_text(x.help))
    .set("units", x.units_json)
    .set("list_items", x.list_json)
    .set("max", x.max_json)
    .set("min", x.min_json)
    .set("genre", json_text(x.genre))
    .set("type", json_text(x.type))
    .set("index", json_text(static_cast<int64_t>(i)))
    .set("is_polled", json_text(x.polled))
    .set("poll_delay", json_text(x.poll_delay))
    .set("reply_hadd", "null")
    .set("data", i < x.data.size() ? x.data[i] : "null");
  return result;
}

} // namespace rrdflow
