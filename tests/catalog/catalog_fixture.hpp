#pragma once

#include "actors/catalog/catalog_engine.hpp"
#include "messages/error.hpp"
#include "tests/file_size_limit.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow::test {

/// A definition of one source "value", `step` seconds.
inline file_definition
simple(int64_t step = 10, source_type type = source_type::gauge) {
  file_definition x;
  x.step = step;
  x.sources.resize(1);
  x.sources[0].type = type;
  x.sources[0].heartbeat = 2 * step;
  x.archives = {{consolidation::average, 0.5, 1, 100}};
  return x;
}

/// A definition of sources of these names.
inline file_definition
sources(const std::vector<std::string>& names, int64_t step = 10) {
  auto x = simple(step);
  x.sources.resize(names.size(), x.sources[0]);
  for (size_t i = 0; i < names.size(); ++i)
    x.sources[i].name = names[i];
  return x;
}

inline definition_ptr share(file_definition x) {
  return std::make_shared<const file_definition>(std::move(x));
}

/// A series of a rule, made by the topic of the same name.
inline new_series
series(const std::string& name, definition_ptr definition = share(simple())) {
  new_series x;
  x.name = x.file = x.topic = name;
  x.rule = "plant";
  x.definition = std::move(definition);
  return x;
}

/// A source of an [[rrd]].
inline new_series
labelled(const std::string& file, uint16_t source, definition_ptr definition) {
  new_series x;
  x.file = file;
  x.name = file + "/" + definition->sources[source].name;
  x.topic = x.name;
  x.rule = "rrd/" + file;
  x.source = source;
  x.definition = std::move(definition);
  return x;
}

/// A store in a folder of its own, its catalog, and what its files are said to
/// be.
struct catalog_fixture {
  catalog_fixture() {
    // Memory where there is some: thousands of syncs would take their time.
    auto memory = ::access("/dev/shm", W_OK) == 0;
    directory = memory ? "/dev/shm" : "/tmp";
    directory += "/rrdflow-catalog-XXXXXX";
    if (::mkdtemp(directory.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
    settings.directory = directory;
    settings.registry = &registry;
    settings.describe
      = [this](const std::string& path) { return describe(path); };
  }

  ~catalog_fixture() {
    uut.reset();
    std::filesystem::remove_all(directory);
  }

  catalog_engine& open() {
    uut.reset();
    auto x = catalog_engine::open(settings);
    if (!x)
      throw std::runtime_error(explain(x.error()));
    uut.emplace(std::move(*x));
    return *uut;
  }

  /// What the CATALOG does with a request; with everything on disk.
  std::vector<resolution> resolve(const std::vector<new_series>& xs) {
    file_descriptions known;
    described.clear();
    moved.clear();
    describe_all(xs, known);
    for (auto& x : uut->moving(xs, known)) {
      moved.emplace_back(uut->names()->path(x.id));
      uut->let_go({x.id});
      known.erase(x.id);
    }
    describe_all(xs, known);
    auto result = uut->resolve(xs, known);
    if (auto err = uut->commit())
      throw std::runtime_error(explain(err));
    return result;
  }

  void
  describe_all(const std::vector<new_series>& xs, file_descriptions& known) {
    for (auto ids = uut->needs_description(xs, known); !ids.empty();
         ids = uut->needs_description(xs, known))
      for (auto id : ids) {
        described.emplace_back(uut->names()->path(id));
        known[id] = describe(described.back());
      }
  }

  resolution resolve(const new_series& x) {
    return resolve(std::vector<new_series>{x})[0];
  }

  /// What is said of a file; by default that it is damaged.
  file_info describe(const std::string& path) {
    auto i = infos.find(path);
    if (i != infos.end())
      return i->second;
    file_info result;
    result.exists = std::filesystem::exists(rrd(path));
    result.damaged = result.exists;
    result.error = result.exists ? "not an RRD file" : "";
    return result;
  }

  /// Makes a file that is said to have a definition.
  void put_file(const std::string& path, file_definition x, int64_t last) {
    std::filesystem::create_directories(
      std::filesystem::path{rrd(path)}.parent_path());
    std::ofstream{rrd(path)} << "RRD";
    infos[path] = {true, "", false, false, last, {}, share(std::move(x))};
  }

  std::string rrd(const std::string& path) const {
    return directory + "/rrd/" + path + ".rrd";
  }

  static std::string read(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream{path, std::ios::binary} << bytes;
  }

  std::vector<std::string> names(series_query query = {"", "", 10000, false}) {
    std::vector<std::string> result;
    for (auto& x : uut->list(query))
      result.push_back(x.name);
    return result;
  }

  /// A metric, with all changes in it.
  double metric(const char* name) {
    if (auto err = uut->commit())
      throw std::runtime_error(explain(err));
    return registry.sum(name);
  }

  std::string directory;
  metric_registry registry;
  catalog_settings settings;
  std::map<std::string, file_info> infos;

  /// The paths that the last `resolve` asked for.
  std::vector<std::string> described;

  /// The paths of the files that their shards had to let go of.
  std::vector<std::string> moved;

  std::optional<catalog_engine> uut;
};

} // namespace rrdflow::test
