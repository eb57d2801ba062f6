#pragma once

#include "actors/base/file_names.hpp"
#include "actors/writer/rollback.hpp"
#include "actors/writer/rrd_header.hpp"
#include "actors/writer/write_engine.hpp"
#include "messages/error.hpp"
#include "messages/writer_values.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace rrdflow::test {

/// A moment to start from; a multiple of all steps used.
constexpr int64_t t0 = 1700006400;

inline definition_ptr
make_definition(std::vector<source_definition> sources, int64_t step = 10,
                std::vector<archive_definition> archives
                = {{consolidation::average, 0.5, 1, 50},
                   {consolidation::max, 0.5, 6, 20},
                   {consolidation::average, 0.5, 30, 10}}) {
  file_definition result;
  result.step = step;
  result.sources = std::move(sources);
  for (auto& x : result.sources)
    if (x.heartbeat == 0)
      x.heartbeat = 2 * step;
  result.archives = std::move(archives);
  return std::make_shared<file_definition>(std::move(result));
}

inline source_definition
make_source(std::string name, source_type type = source_type::gauge) {
  source_definition result;
  result.name = std::move(name);
  result.type = type;
  return result;
}

inline definition_ptr one_gauge() {
  static auto result = make_definition({make_source("value")});
  return result;
}

inline cell number(double x) {
  return {value_bits::of(x), true};
}

/// Rows of one source from `first` on, `step` apart.
inline row_block
rows(int64_t first, const std::vector<double>& values, int64_t step = 10) {
  row_block result;
  for (auto x : values) {
    result.times.push_back(first);
    result.cells.push_back(std::isnan(x) ? cell{} : number(x));
    first += step;
  }
  return result;
}

/// Runs a command; its output, standard error included.
inline std::string run(const std::string& command) {
  std::string result;
  auto pipe = ::popen((command + " 2>&1").c_str(), "r");
  char buf[4096];
  size_t n;
  while ((n = ::fread(buf, 1, sizeof(buf), pipe)) > 0)
    result.append(buf, n);
  ::pclose(pipe);
  return result;
}

inline std::string slurp(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline void spill(const std::string& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary} << bytes;
}

inline rrd_header header_of(const std::string& file) {
  unique_fd fd{::open(file.c_str(), O_RDONLY)};
  struct stat info;
  ::fstat(fd.get(), &info);
  return read_header(fd.get(), static_cast<uint64_t>(info.st_size));
}

/// A store in a temporary directory, and a writer whose clock stands still.
struct store_fixture {
  explicit store_fixture(const std::string& folder = "/tmp") {
    store = folder + "/rrdflow-writer-XXXXXX";
    if (::mkdtemp(store.data()) == nullptr)
      throw std::runtime_error("mkdtemp");
    settings.store = store;
    settings.metrics = &metrics;
    settings.creates_per_second = 0;
    settings.clock = [this] { return now; };
    names = std::make_shared<file_names>();
    restart();
  }

  ~store_fixture() {
    std::filesystem::remove_all(store);
  }

  /// A new writer, as after a restart of the flow.
  void restart() {
    engine.reset();
    auto made = write_engine::make(settings, names);
    if (!made)
      throw std::runtime_error(explain(made.error()));
    engine = std::move(*made);
  }

  std::string file(const std::string& path) const {
    return store + "/rrd/" + path + ".rrd";
  }

  /// The id of a path, added when it is asked for first.
  file_id id(const std::string& path) {
    for (file_id i = 0; i < names->size(); ++i)
      if (names->path(i) == path)
        return i;
    return names->add(path);
  }

  write_outcome
  write(const std::string& path, row_block x,
        definition_ptr definition = one_gauge(), bool urgent = false) {
    std::vector<write_job> jobs{{id(path), definition, std::move(x), urgent}};
    auto result = engine->write(jobs);
    if (!result)
      throw std::runtime_error(explain(result.error()));
    return result->front();
  }

  /// The averages of a file.
  fetch_result read(const std::string& path, int64_t from, int64_t to) {
    read_request request;
    request.file = id(path);
    request.from = from;
    request.to = to;
    auto result = engine->read(request);
    if (!result)
      throw std::runtime_error(explain(result.error()));
    return result->front();
  }

  double metric(const std::string& name) const {
    auto count = metrics.values(name);
    return count.empty() ? -1 : metrics.sum(name);
  }

  std::string store;
  metric_registry metrics;
  writer_settings settings;
  std::chrono::steady_clock::time_point now{std::chrono::hours{1}};
  std::shared_ptr<file_names> names;
  std::unique_ptr<write_engine> engine;
};

} // namespace rrdflow::test
