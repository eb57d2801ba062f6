#pragma once

#include "tests/cache/shard_fixture.hpp"
#include "tests/test.hpp"

#include <rrd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace rrdflow::test {

/// Runs a shard with one file named "f", whose jobs go into a real file.
struct file_fixture {
  file_fixture() {
    char path[] = "/tmp/rrdflow-fill-XXXXXX";
    CAF_REQUIRE(mkdtemp(path) != nullptr);
    directory = path;
  }

  ~file_fixture() {
    std::filesystem::remove_all(directory);
  }

  void open(std::vector<source_definition> sources) {
    definition = define(10, std::move(sources));
    f = uut.open("f", definition);
    uut.advance_to(0);
  }

  void put(double at, double value, uint16_t source = 0) {
    auto integer = is_integer(definition->sources[source].type);
    uut.put_bits(f, at,
                 integer ? value_bits::of(static_cast<uint64_t>(value))
                         : value_bits::of(value),
                 source);
  }

  /// Seals what is over at `t` and writes it.
  void write_until(int64_t t) {
    uut.advance_to(t);
    uut.engine.synced(uut.journal);
    for (auto& job : uut.engine.take_jobs(false)) {
      if (!created)
        create(job.rows.times.front() - 10);
      update(job.rows);
      uut.engine.finish({write(uut.disk, "f", job)}, {});
    }
  }

  std::string file() const {
    return directory + "/f.rrd";
  }

  void create(int64_t start) {
    std::vector<std::string> args;
    for (auto& x : definition->sources)
      args.push_back("DS:" + x.name + ":" + to_string(x.type) + ":"
                     + std::to_string(x.heartbeat) + ":U:U");
    args.push_back("RRA:AVERAGE:0.5:1:1000");
    std::vector<const char*> argv;
    for (auto& x : args)
      argv.push_back(x.c_str());
    rrd_clear_error();
    CAF_REQUIRE_EQUAL(rrd_create_r(file().c_str(), 10, start,
                                   static_cast<int>(argv.size()), argv.data()),
                      0);
    created = true;
  }

  void update(const row_block& rows) {
    auto n = definition->sources.size();
    std::vector<std::string> args;
    for (size_t i = 0; i < rows.times.size(); ++i) {
      auto arg = std::to_string(rows.times[i]);
      if (auto rest = rows.time_ms(i) % 1000; rest != 0)
        arg += '.' + std::to_string(1000 + rest).substr(1);
      for (size_t j = 0; j < n; ++j) {
        auto& x = rows.cells[i * n + j];
        auto type = definition->sources[j].type;
        char text[40] = ":U";
        if (x.known && type == source_type::derive)
          snprintf(text, sizeof(text), ":%lld",
                   static_cast<long long>(x.value.bits));
        else if (x.known && is_integer(type))
          snprintf(text, sizeof(text), ":%llu",
                   static_cast<unsigned long long>(x.value.bits));
        else if (x.known)
          snprintf(text, sizeof(text), ":%.17g", x.value.as_double());
        arg += text;
      }
      args.push_back(std::move(arg));
    }
    std::vector<const char*> argv;
    for (auto& x : args)
      argv.push_back(x.c_str());
    rrd_clear_error();
    if (rrd_update_r(file().c_str(), nullptr, static_cast<int>(argv.size()),
                     argv.data())
        != 0)
      CAF_FAIL(rrd_get_error());
  }

  /// What fetch says of (0, to], in steps of 10 s; of unknown cells the value
  /// is NaN.
  row_block slots(int64_t to) {
    auto start = static_cast<time_t>(epoch);
    auto end = static_cast<time_t>(epoch + to - 10);
    unsigned long step = 10;
    unsigned long sources = 0;
    char** names = nullptr;
    rrd_value_t* data = nullptr;
    CAF_REQUIRE_EQUAL(rrd_fetch_r(file().c_str(), "AVERAGE", &start, &end,
                                  &step, &sources, &names, &data),
                      0);
    CAF_REQUIRE_EQUAL(step, 10u);
    row_block rows;
    for (auto t = start + 10; t <= end; t += 10)
      rows.times.push_back(t);
    for (size_t i = 0; i < rows.times.size() * sources; ++i)
      rows.cells.push_back({value_bits::of(data[i]), data[i] == data[i]});
    for (size_t i = 0; i < sources; ++i)
      rrd_freemem(names[i]);
    rrd_freemem(names);
    rrd_freemem(data);
    return rows;
  }

  /// The same as "10=1 20=U".
  std::string fetch(int64_t to) {
    return show(slots(to), definition->sources.size());
  }

  std::string directory;
  bool created = false;
  definition_ptr definition;
  shard uut;
  file_id f = 0;
};

} // namespace rrdflow::test
