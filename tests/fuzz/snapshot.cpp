/// Snapshots. The input: a byte that says what it is (modulo 4), and that:
///
///   0  a snapshot file
///   1  a snapshot file whose checksums are made right first
///   2  a decoder's part
///   3  a shard's section

#include "actors/cache/shard_engine.hpp"
#include "actors/decode/decoder_memory.hpp"
#include "actors/snapshot/snapshot_file.hpp"
#include "tests/fuzz/scratch.hpp"

#include <xxhash.h>

#include <cstring>
#include <limits>
#include <map>

using namespace rrdflow;
using fuzz::require;

namespace {

constexpr uint32_t decoder_owner = 0xffffffff;

void check_decoder(std::string_view bytes) {
  decoder_memory x;
  if (unpack({bytes.begin(), bytes.end()}, x))
    return;
  auto packed = pack(x);
  require(packed.size() <= 2 * bytes.size() + 100, "a part takes no more room");
  decoder_memory again;
  require(!unpack(packed, again), "what was packed can be unpacked");
  require(pack(again) == packed, "a part comes back");
}

/// Files by their keys, as they come.
struct files {
  std::shared_ptr<file_names> names = std::make_shared<file_names>();
  std::map<uint64_t, file_id> ids;

  void number(shard_start& x) {
    for (auto& file : x.files)
      file.id = id_of(file.key);
  }

  file_id id_of(uint64_t key) {
    for (file_id i = 0; i < names->size(); ++i)
      if (names->key(i) == key)
        return i;
    auto [i, added] = ids.try_emplace(key, names->size());
    if (added)
      names->add(std::to_string(key));
    return i->second;
  }
};

cache_settings settings(metric_registry& registry) {
  cache_settings result;
  result.flush_jitter = std::chrono::seconds{0};
  result.metrics = &registry;
  return result;
}

std::string packed(shard_engine& x) {
  x.mark(1, 0);
  while (x.packer().pack_some(1 << 20))
    ;
  return x.packer().take();
}

/// Says that all was written.
void write_all(shard_engine& x) {
  x.synced(std::numeric_limits<position>::max());
  for (auto urgent : {true, false})
    for (;;) {
      auto jobs = x.take_jobs(urgent);
      if (jobs.empty())
        break;
      std::vector<write_outcome> outcomes;
      for (auto& job : jobs) {
        auto& times = job.rows.times;
        require(!times.empty(), "a job has rows");
        require(job.rows.cells.size()
                  == times.size() * job.definition->sources.size(),
                "a job's rows are whole");
        for (size_t i = 1; i < times.size(); ++i)
          require(times[i - 1] < times[i], "a job's rows are in order");
        write_outcome outcome;
        outcome.file = job.file;
        outcome.written = static_cast<uint32_t>(times.size());
        outcome.last_update = times.back() * 1000;
        outcomes.push_back(outcome);
      }
      x.finish(outcomes, {});
    }
}

void check_shard(std::string_view bytes) {
  auto unpacked = unpack_sections({std::string{bytes}}, 1);
  if (!unpacked)
    return;
  files names;
  names.number(unpacked->front());
  metric_registry registry;
  shard_engine uut{settings(registry), names.names};
  uut.load(unpacked->front());
  auto first = packed(uut);
  files others;
  auto unpacked_again = unpack_sections({first}, 1);
  require(static_cast<bool>(unpacked_again), "what was packed can be unpacked");
  others.number(unpacked_again->front());
  metric_registry unused;
  shard_engine again{settings(unused), others.names};
  again.load(unpacked_again->front());
  // Names are not what they were, hence keys are not.
  require(packed(again).size() == first.size(), "a section comes back");
  for (file_id i = 0; i < names.names->size(); ++i) {
    uut.waiting(i);
    uut.last({i});
  }
  // Life goes on: time passes, all is sealed and written.
  auto watermark = unpacked->front().watermark;
  auto gone = [&] {
    return registry.sum("rows_written_total")
           + registry.sum("rows_abandoned_total");
  };
  uut.advance_watermark(watermark + 1, 1);
  uut.update_gauges();
  auto opened = registry.sum("rows_opened_total");
  auto before = gone();
  auto waiting = registry.sum("rows_waiting");
  uut.flush({});
  uut.advance_watermark(watermark + 100, 2);
  write_all(uut);
  uut.update_gauges();
  // Those that stand in the gaps of files of several sources.
  auto extra = registry.sum("rows_opened_total") - opened;
  if (before < 1e15 && opened < 1e15)
    require(gone() + registry.sum("rows_waiting") == before + waiting + extra,
            "the counters add up as they did");
}

template <class T>
T at(const std::string& bytes, size_t offset) {
  T result;
  std::memcpy(&result, bytes.data() + offset, sizeof(T));
  return result;
}

/// Makes the checksums right, and the last 16 bytes a footer.
void seal(std::string& bytes) {
  if (bytes.size() < 56)
    return;
  auto put = [&](size_t offset, auto x) {
    std::memcpy(bytes.data() + offset, &x, sizeof(x));
  };
  std::vector<uint64_t> checks{XXH3_64bits(bytes.data(), 32)};
  put(32, checks[0]);
  auto marker = at<uint64_t>(bytes, 16);
  uint32_t place = 0;
  size_t i = 40;
  while (i + 32 <= bytes.size()) {
    auto owner = at<uint32_t>(bytes, i);
    auto length = at<uint32_t>(bytes, i + 4);
    if (owner == 0xfffffffe || length > bytes.size() - i - 32)
      break;
    const uint64_t seeds[] = {marker, uint64_t{owner} << 32 | place++};
    checks.push_back(XXH3_64bits_withSeed(bytes.data() + i + 16, length,
                                          XXH3_64bits(seeds, sizeof(seeds))));
    put(i + 8, checks.back());
    i += 16 + length;
  }
  bytes.resize(i + 16);
  put(i, uint32_t{0xfffffffe});
  put(i + 4, place);
  put(i + 8, XXH3_64bits(checks.data(), checks.size() * sizeof(uint64_t)));
}

void check_file(std::string bytes, bool sealed) {
  static const fuzz::scratch folder;
  if (sealed)
    seal(bytes);
  folder.put("snapshot", bytes);
  auto content = read_snapshot(folder.path() + "/snapshot");
  require(!sealed || bytes.size() < 56 || content
            || bytes.substr(0, 8) != "RRDFSNP1" || at<uint32_t>(bytes, 8) != 1,
          "a whole file is read");
  if (!content)
    return;
  std::map<uint32_t, std::string> parts;
  size_t sum = 0;
  for (auto& [owner, part] : content->sections) {
    parts[owner] += part;
    sum += part.size();
  }
  require(sum + 56 + 16 * content->sections.size() == bytes.size(),
          "all of the file is sections");
  for (auto& [owner, part] : parts)
    if (owner == decoder_owner)
      check_decoder(part);
    else
      check_shard(part);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto bytes = fuzz::text_of(data, size);
  switch (fuzz::take_byte(bytes) % 4) {
    case 0:
      check_file(std::string{bytes}, false);
      break;
    case 1:
      check_file(std::string{bytes}, true);
      break;
    case 2:
      check_decoder(bytes);
      break;
    default:
      check_shard(bytes);
  }
  return 0;
}
