#define CAF_SUITE file_size

#include "config/file_definition.hpp"
#include "tests/test.hpp"

#include <rrd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

using namespace rrdflow;

namespace {

/// The size of the file that librrd makes of `x`; 0 if it makes none.
uint64_t real_size(const file_definition& x) {
  char file[] = "/tmp/rrdflow-size-XXXXXX";
  close(mkstemp(file));
  std::vector<std::string> texts;
  for (auto& source : x.sources)
    texts.push_back("DS:" + source.name + ':' + to_string(source.type) + ':'
                    + std::to_string(source.heartbeat) + ":U:U");
  for (auto& archive : x.archives)
    texts.push_back(std::string{"RRA:"} + to_string(archive.function)
                    + ":0.5:" + std::to_string(archive.steps) + ':'
                    + std::to_string(archive.rows));
  std::vector<const char*> arguments;
  for (auto& text : texts)
    arguments.push_back(text.c_str());
  struct stat info {};
  auto good = rrd_create_r(file, static_cast<unsigned long>(x.step), 1000000000,
                           static_cast<int>(arguments.size()), arguments.data())
                == 0
              && stat(file, &info) == 0;
  unlink(file);
  return good ? static_cast<uint64_t>(info.st_size) : 0;
}

} // namespace

CAF_TEST(the size is that of a real file) {
  std::vector<source_type> types{source_type::gauge,    source_type::counter,
                                 source_type::derive,   source_type::absolute,
                                 source_type::dcounter, source_type::dderive};
  std::vector<consolidation> functions{consolidation::average,
                                       consolidation::min, consolidation::max,
                                       consolidation::last};
  for (auto sources : {1u, 2u, 3u, 6u, 20u}) {
    for (auto archives : {1u, 2u, 5u, 12u}) {
      file_definition x;
      for (auto i = 0u; i < sources; ++i) {
        source_definition source;
        source.name = "s" + std::to_string(i);
        source.type = types[i % types.size()];
        source.heartbeat = 20;
        x.sources.push_back(source);
      }
      for (auto i = 0u; i < archives; ++i)
        x.archives.push_back({functions[i % 4], 0.5, 1 + i, 1 + 37 * i});
      auto size = real_size(x);
      CAF_REQUIRE_NOT_EQUAL(size, 0u);
      CAF_CHECK_EQUAL(rrd_file_size(x), size);
    }
  }
}
