/// Writes the seeds that no editor could write into a folder.

#include "actors/cache/shard_engine.hpp"
#include "actors/catalog/catalog_engine.hpp"
#include "actors/decode/decoder_memory.hpp"
#include "actors/journal/journal.hpp"
#include "actors/snapshot/snapshot_file.hpp"
#include "messages/request.hpp"
#include "tests/fuzz/scratch.hpp"
#include "tests/writer/rrdtool.hpp"

#include <fcntl.h>

#include <cstdio>

using namespace rrdflow;
using fuzz::require;

namespace {

constexpr int64_t epoch = 1700000400;

std::string target_folder;

void keep(const std::string& target, const std::string& name,
          const std::string& bytes) {
  auto folder = target_folder + '/' + target;
  std::filesystem::create_directories(folder);
  std::ofstream{folder + '/' + name, std::ios::binary} << bytes;
}

definition_ptr define(std::vector<source_type> types, int64_t step) {
  auto result = std::make_shared<file_definition>();
  result->step = step;
  result->sources.resize(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    auto& x = result->sources[i];
    x.type = types[i];
    x.heartbeat = 2 * step;
    if (types.size() > 1)
      x.name = std::string(1, static_cast<char>('a' + i));
  }
  result->archives
    = {{consolidation::average, 0.5, 1, 12}, {consolidation::max, 0.5, 6, 4}};
  return result;
}

void make_journals() {
  fuzz::scratch folder;
  folder.empty("journal", "quarantine");
  journal_options options;
  options.directory = folder.path();
  options.segment_size = 4096;
  options.disk_reserve = 0;
  options.random = 7;
  auto opened = journal::open(options);
  require(static_cast<bool>(opened), "a journal opens");
  auto& writer = (*opened)->writer();
  const uint32_t identifiers[] = {1, 7};
  for (auto i = 0; i < 30; ++i) {
    record_content x;
    auto payload = std::string(static_cast<size_t>(i * 7 % 200), 'x');
    x.topic = "sensors/hall";
    x.payload = payload;
    x.retained = i % 5 == 0;
    x.identifiers = identifiers;
    x.identifier_count = static_cast<size_t>(i % 3);
    writer.append(x);
    if (i == 3)
      writer.append_request(record_kind::flush, pack(flush_request{"a/b"}));
    if (i == 5)
      writer.append_request(record_kind::forget,
                            pack(forget_request{"a/*", true}));
    if (i == 7)
      writer.append_request(record_kind::retire,
                            pack(retire_request{{"a", "b"}, epoch}));
    if (i == 9)
      writer.append_request(record_kind::rules,
                            pack(rules_request{"[[rule]]", {{1, "a/+"}}}));
  }
  opened = std::shared_ptr<journal>{};
  // A start cuts segments behind their records.
  opened = journal::open(options);
  std::string both;
  auto n = 0;
  for (auto& x :
       std::filesystem::directory_iterator{folder.path() + "/journal"}) {
    auto bytes = fuzz::read_file(x.path());
    keep("journal", "one_" + std::to_string(n++), std::string{'\1'} + bytes);
    both += bytes;
  }
  keep("journal", "both", std::string{'\2'} + both);
  keep("journal", "sealed", std::string{'\3'} + both);
}

std::string shard_section() {
  auto names = std::make_shared<file_names>();
  cache_settings settings;
  settings.flush_jitter = std::chrono::seconds{0};
  shard_engine uut{settings, names};
  uut.name_rules({"plant"});
  auto one = define({source_type::gauge}, 10);
  auto two = define({source_type::counter, source_type::gauge}, 60);
  uut.open({names->add("a/b"), one, 0});
  uut.open({names->add("pair"), two, epoch - 600});
  position at = 0;
  for (auto i = 0; i < 8; ++i) {
    sample_batch batch;
    auto time = (epoch + i * 25) * 1000000000;
    batch.samples.push_back({0, 0, 0, time, value_bits::of(1.5 * i)});
    batch.samples.push_back(
      {1, static_cast<uint16_t>(i % 2), 0, time, value_bits::of(uint64_t{7})});
    batch.upto = ++at;
    uut.put(batch);
    uut.advance_watermark(epoch + i * 25, ++at);
  }
  uut.flush({0});
  uut.mark(1, at);
  while (uut.packer().pack_some(1 << 20))
    ;
  return uut.packer().take();
}

std::string decoder_part() {
  decoder_memory x;
  x.rules.text = "[[rule]]\nname = \"plant\"\n";
  x.rules.subscriptions = {{1, "a/+"}, {2, "#"}};
  x.watermark = epoch;
  x.sequence = 1000;
  x.rule_names = {"plant", "rrd/pair"};
  x.counts.decoded = 900;
  x.counts.rules.resize(2);
  x.dead.push_back({epoch * 1000000000, "a/b", std::string{"\0{", 2}, "json"});
  x.last_times = {{12345678901234567890u, epoch * 1000000000}};
  auto bytes = pack(x);
  return {bytes.begin(), bytes.end()};
}

void make_snapshots() {
  auto decoder = decoder_part();
  auto shard = shard_section();
  keep("snapshot", "decoder", '\2' + decoder);
  keep("snapshot", "shard", '\3' + shard);
  fuzz::scratch folder;
  auto out = snapshot_writer::create(folder.path(), 5, 4096);
  auto half = shard.size() / 2;
  require(out && !out->add(0xffffffff, decoder)
            && !out->add(0, shard.substr(0, half))
            && !out->add(0, shard.substr(half)) && !out->commit(),
          "a snapshot is written");
  auto bytes = fuzz::read_file(snapshot_path(folder.path(), 5));
  keep("snapshot", "file", std::string{'\0'} + bytes);
  keep("snapshot", "sealed", '\1' + bytes);
}

new_series series(const std::string& name, definition_ptr definition) {
  new_series result;
  result.name = result.file = result.topic = name;
  result.path = "temp";
  result.rule = "plant";
  result.definition = std::move(definition);
  return result;
}

void make_catalogs() {
  fuzz::scratch folder;
  folder.empty("rrd");
  catalog_settings settings;
  settings.directory = folder.path();
  {
    auto uut = catalog_engine::open(settings);
    require(static_cast<bool>(uut), "a catalog opens");
    auto one = define({source_type::gauge}, 10);
    auto two = define({source_type::counter, source_type::gauge}, 60);
    auto pair = series("pair", two);
    pair.name = "pair/b";
    pair.source = 1;
    auto answers = uut->resolve(
      {series("a/b", one), series("a//=", one), series("gone", two), pair}, {});
    uut->retire({answers[1].file});
    uut->release({answers[2].file});
    require(!uut->commit(), "a catalog is written");
  }
  auto bytes = fuzz::read_file(folder.path() + "/catalog");
  keep("catalog", "file", '\2' + bytes);
  keep("catalog", "sealed", '\3' + bytes);
}

void make_rrds() {
  fuzz::scratch folder;
  auto n = 0;
  for (auto& x : {define({source_type::gauge}, 10),
                  define({source_type::counter, source_type::derive}, 60),
                  define({source_type::absolute, source_type::dcounter,
                          source_type::dderive},
                         1)}) {
    auto name = std::to_string(n++);
    auto path = folder.path() + '/' + name;
    test::rrdtool::create(path, *x, epoch);
    keep("rrd_header", "new_" + name,
         std::string{"\1\5"} + fuzz::read_file(path));
    auto values = x->sources.size() == 1   ? ":1.5"
                  : x->sources.size() == 2 ? ":100:-7"
                                           : ":1:2.5:3";
    for (auto i = 1; i < 9; ++i)
      require(test::rrdtool::update(path, std::to_string(epoch + i * x->step)
                                            + values),
              "a row goes into it");
    keep("rrd_header", "full_" + name,
         std::string{"\3\x55"} + fuzz::read_file(path));
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 64;
  }
  target_folder = argv[1];
  make_journals();
  make_snapshots();
  make_catalogs();
  make_rrds();
  return 0;
}
