/// A start with a damaged catalog. The input: a byte of flags (1: make the
/// checksums right; 2: add a series) and the file.

#include "actors/catalog/catalog_engine.hpp"
#include "actors/catalog/catalog_file.hpp"
#include "actors/catalog/path_escape.hpp"
#include "tests/fuzz/scratch.hpp"

using namespace rrdflow;
using fuzz::require;

namespace {

void seal(std::string& bytes) {
  auto header = catalog_header();
  if (bytes.size() < header.size())
    return;
  bytes.replace(0, header.size(), header);
  auto& layout = catalog_layout;
  for (auto i = header.size(); i + layout.header <= bytes.size();) {
    bytes[i] = static_cast<char>(0xA7);
    auto length = payload_size(layout, &bytes[i]);
    if (length > layout.max_payload
        || length > bytes.size() - i - layout.header)
      return;
    auto kind = static_cast<uint8_t>(bytes[i + 1]);
    auto seed = uint64_t{catalog_version} << 48 | uint64_t{kind} << 32 | length;
    seal_record(layout, &bytes[i], {&bytes[i + layout.header], length}, seed);
    i += layout.header + length;
  }
}

std::vector<series_info> all(catalog_engine& x) {
  auto result = x.list({"", "", 10000, false});
  for (size_t i = 0; i < result.size(); ++i) {
    auto& y = result[i];
    require(i == 0 || result[i - 1].name < y.name, "names differ, in order");
    require(y.file.size() > 4 && y.file.substr(y.file.size() - 4) == ".rrd",
            "a file's name");
    auto path = y.file.substr(0, y.file.size() - 4);
    auto name = unescape_path(path);
    require(name.has_value(), "a file's path is that of a series");
    require(y.name.compare(0, name->size(), *name) == 0, "a series' name");
    require(x.names()->path(y.id) == path, "a file's id");
    auto found = x.list({y.name, "", 1, true});
    require(found.size() == 1 && found[0].id == y.id, "a name is found");
  }
  return result;
}

bool same(const std::vector<series_info>& xs,
          const std::vector<series_info>& ys) {
  if (xs.size() != ys.size())
    return false;
  for (size_t i = 0; i < xs.size(); ++i)
    if (xs[i].name != ys[i].name || xs[i].file != ys[i].file
        || xs[i].source != ys[i].source || xs[i].topic != ys[i].topic
        || xs[i].path != ys[i].path || xs[i].rule != ys[i].rule
        || xs[i].alive != ys[i].alive)
      return false;
  return true;
}

new_series newcomer() {
  auto definition = std::make_shared<file_definition>();
  definition->sources.emplace_back();
  definition->sources[0].heartbeat = 20;
  definition->archives.push_back({consolidation::average, 0.5, 1, 100});
  new_series result;
  result.name = result.file = result.topic = "new/comer";
  result.rule = "plant";
  result.definition = std::move(definition);
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fuzz::scratch folder;
  folder.empty("store", "store/rrd");
  auto bytes = fuzz::text_of(data, size);
  auto flags = fuzz::take_byte(bytes);
  std::string content{bytes};
  if ((flags & 1) != 0)
    seal(content);
  folder.put("store/catalog", content);
  catalog_settings settings;
  settings.directory = folder.path() + "/store";
  auto uut = catalog_engine::open(settings);
  require(static_cast<bool>(uut), "no damage keeps a catalog from opening");
  auto first = all(*uut);
  uut->index_text();
  auto again = catalog_engine::open(settings);
  require(again && same(all(*again), first), "the same after a start");
  if ((flags & 2) == 0)
    return 0;
  auto xs = std::vector{newcomer()};
  file_descriptions known;
  for (auto id : again->needs_description(xs, known))
    known[id] = {};
  auto answer = again->resolve(xs, known).front();
  require(!again->commit(), "it can be appended to");
  if (answer.refused != refusal::none)
    return 0;
  auto last = catalog_engine::open(settings);
  require(static_cast<bool>(last), "it opens once more");
  auto found = last->list({"new/comer", "", 1, true});
  require(found.size() == 1 && found[0].topic == "new/comer",
          "what was added is there");
  return 0;
}
