/// Configurations. The input: the file.

#include "actors/decode/rule_set.hpp"
#include "actors/writer/rrd_header.hpp"
#include "config/file_definition.hpp"
#include "config/load.hpp"
#include "messages/error.hpp"
#include "tests/fuzz/oracle.hpp"
#include "tests/writer/rrdtool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

using namespace rrdflow;
using fuzz::require;

namespace {

/// A file that was never made costs more than all the rest of a run: each
/// layout once.
std::set<std::string> made;

/// librrd makes of an accepted definition the file that is expected.
void check_file(const file_definition& x) {
  require(x.step > 0 && x.lateness >= 0, "a definition's times");
  require(!x.sources.empty() && !x.archives.empty(), "a definition's parts");
  for (auto& a : x.archives)
    require(a.rows > 0 && a.steps > 0 && a.xff >= 0 && a.xff < 1, "an archive");
  for (auto& s : x.sources)
    require(!s.name.empty() && s.name.size() < 20 && s.heartbeat >= x.step,
            "a source");
  auto size = rrd_file_size(x);
  if (size > 64 << 10 || made.size() > 10000)
    return;
  auto path = "/dev/shm/rrdflow-fuzz-" + std::to_string(::getpid());
  auto layout = std::to_string(size) + ' ' + std::to_string(x.step);
  for (auto& s : x.sources)
    layout += ' ' + s.name + to_string(s.type);
  if (!made.insert(layout).second)
    return;
  auto start = 1700000000 / x.step * x.step;
  test::rrdtool::create(path, x, start);
  auto fd = ::open(path.c_str(), O_RDONLY);
  struct stat info;
  require(fd >= 0 && ::fstat(fd, &info) == 0, "the file is there");
  require(static_cast<uint64_t>(info.st_size) == size, "the file's size");
  auto header = read_header(fd, size);
  require(static_cast<bool>(header), "the file's header is good");
  require(header.definition.step == x.step
            && header.definition.archives.size() == x.archives.size(),
          "the file is what was defined");
  ::close(fd);
  ::unlink(path.c_str());
}

void check_place(const config_issue& x, std::string_view text) {
  auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  require(x.line <= lines + 1, "an issue's line is in the file");
  require(!x.text.empty(), "an issue has a text");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto text = fuzz::text_of(data, size);
  auto loaded = parse_config(text, "fuzz.toml");
  for (auto& x : loaded.errors)
    check_place(x, text);
  for (auto& x : loaded.warnings)
    check_place(x, text);
  require(parse_config(text, "f").errors.size() == loaded.errors.size(),
          "the same mistakes");
  if (!loaded.errors.empty())
    return 0;
  auto& rules = loaded.value.rules;
  for (auto& x : rules.rules) {
    if (x.drop)
      continue;
    require(x.definition != nullptr, "a rule has a definition");
    check_file(*x.definition);
    for (auto& y : x.fields)
      if (!y.drop)
        check_file(*y.definition);
  }
  for (auto& x : rules.rrds) {
    require(x.definition->sources.size() == x.sources.size(), "its sources");
    check_file(*x.definition);
  }
  rule_names names;
  auto set = rule_set::make(loaded.value, {}, names);
  if (!set)
    std::fprintf(stderr, "%s\n", explain(set.error()).c_str());
  require(static_cast<bool>(set), "rules without mistakes can be used");
  set->route("a/b/c");
  return 0;
}
