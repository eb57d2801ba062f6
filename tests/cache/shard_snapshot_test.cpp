#define CAF_SUITE shard_snapshot

// Proves that a shard that is packed and loaded anywhere goes on as if nothing
// had happened, and that a shard refuses what no shard has packed.

#include "tests/cache/random_stream.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

cache_settings
settings(unsigned seed, uint32_t index = 0, uint32_t shard_count = 1) {
  cache_settings result;
  result.flush_after = std::chrono::seconds{seed % 3 * 20};
  result.flush_jitter = std::chrono::seconds{seed % 2 * 30};
  // Sealing early looks at all files of a shard: not with several shards.
  result.memory = seed % 4 < 2 || shard_count > 1 ? 1 << 20 : 600;
  result.index = index;
  result.shard_count = shard_count;
  return result;
}

/// Sums up `name`, whatever its label, over shards.
double total(std::vector<std::unique_ptr<stream_shard>>& shards,
             const std::string& name) {
  double result = 0;
  for (auto& shard : shards) {
    shard->engine.update_gauges();
    result += shard->metrics.sum(name);
  }
  return result;
}

/// What the shard says of a file's losses.
std::string losses_of(const stream_shard& x, file_id file) {
  std::string result;
  for (auto& y : x.engine.losses().list({file}, 0))
    if (y.kind != "warning")
      result += y.kind + ' ' + y.reason + ' ' + y.series + ' '
                + std::to_string(y.count) + ' ' + std::to_string(y.time) + ' '
                + y.payload + ' ' + y.text + '\n';
  return result;
}

constexpr const char* counters[]
  = {"samples_merged_total", "samples_late_total", "rows_opened_total",
     "rows_written_total",   "rows_waiting",       "rows_abandoned_total"};

} // namespace

CAF_TEST(a shard that was loaded goes on as if nothing had happened) {
  for (auto seed = 0u; seed < 12; ++seed) {
    random_stream stream{seed};
    auto& steps = stream.steps();
    stream_shard expected{settings(seed)};
    for (auto& x : steps) {
      expected.take(x);
      expected.write_all();
    }
    // One run that is packed before every message; each of the packs is loaded
    // and gets the rest of the stream.
    stream_shard before{settings(seed)};
    for (size_t cut = 0; cut < steps.size(); ++cut) {
      before.take(steps[cut]);
      // Sometimes sealed rows wait, sometimes jobs are in flight.
      if (cut % 3 == 0)
        before.write_all();
      else if (cut % 3 == 1)
        before.engine.take_jobs(false);
      // Every cut of one stream, and some of the others, is enough.
      if (seed > 0 && cut % 17 != 0)
        continue;
      stream_shard after{settings(seed)};
      CAF_REQUIRE(!load(after, {pack(before.engine)}));
      after.engine.due_after(before.due);
      after.disk = before.disk;
      after.write_all();
      for (auto i = cut + 1; i < steps.size(); ++i) {
        after.take(steps[i]);
        after.write_all();
      }
      CAF_REQUIRE(after.disk == expected.disk);
      for (auto name : counters)
        for (auto label : {"", "plant", "roof"})
          CAF_REQUIRE_EQUAL(after.stat(name, label),
                            expected.stat(name, label));
      for (file_id f = 0; f < random_stream::file_count; ++f) {
        auto xs = after.engine.last({f});
        auto ys = expected.engine.last({f});
        CAF_REQUIRE_EQUAL(xs.size(), ys.size());
        for (size_t i = 0; i < xs.size(); ++i)
          CAF_REQUIRE(xs[i].time == ys[i].time && xs[i].value == ys[i].value);
        CAF_REQUIRE_EQUAL(losses_of(after, f), losses_of(expected, f));
      }
      CAF_REQUIRE(after.engine.idle(epoch + 290)
                  == expected.engine.idle(epoch + 290));
    }
  }
}

CAF_TEST(any number of shards can take over from any other) {
  for (auto seed = 0u; seed < 6; ++seed) {
    random_stream stream{seed};
    auto& steps = stream.steps();
    auto run = [&](std::vector<uint32_t> counts) {
      // Each count of shards takes its share of the stream.
      std::vector<std::unique_ptr<stream_shard>> shards;
      files_on_disk disk;
      for (size_t part = 0; part < counts.size(); ++part) {
        std::vector<std::string> sections;
        for (auto& shard : shards)
          sections.push_back(pack(shard->engine));
        auto due
          = shards.empty() ? settings(seed).flush_after : shards.front()->due;
        shards.clear();
        for (auto i = 0u; i < counts[part]; ++i) {
          shards.push_back(
            std::make_unique<stream_shard>(settings(seed, i, counts[part])));
          CAF_REQUIRE(!load(*shards.back(), sections, i, counts[part]));
          shards.back()->engine.due_after(due);
          shards.back()->due = due;
        }
        auto end = steps.size() * (part + 1) / counts.size();
        for (auto i = steps.size() * part / counts.size(); i < end; ++i)
          for (auto& shard : shards) {
            auto mine = [&](file_id f) {
              return shard->names->key(f) % counts[part]
                     == static_cast<uint32_t>(&shard - shards.data());
            };
            auto step = steps[i];
            auto& samples = step.batch.samples;
            samples.erase(
              std::remove_if(samples.begin(), samples.end(),
                             [&](auto& x) { return !mine(x.file); }),
              samples.end());
            if (step.kind == stream_step::open && !mine(step.binding.file))
              continue;
            shard->take(step);
            std::swap(shard->disk, disk);
            shard->write_all();
            std::swap(shard->disk, disk);
          }
      }
      std::vector<double> sums;
      for (auto name : counters)
        sums.push_back(total(shards, name));
      return std::pair{std::move(disk), std::move(sums)};
    };
    auto expected = run({1});
    for (auto& counts : std::vector<std::vector<uint32_t>>{
           {1, 1}, {1, 3}, {3, 1}, {2, 5, 3}, {4, 4}}) {
      auto result = run(counts);
      // Memory is that of all shards in the first run.
      if (seed % 4 < 2) {
        CAF_CHECK(result.first == expected.first);
        CAF_CHECK_EQUAL(result.second, expected.second);
      }
    }
  }
}

CAF_TEST(what changes while a marker is packed is packed as it was) {
  for (auto seed = 0u; seed < 40; ++seed) {
    random_stream stream{seed};
    auto& steps = stream.steps();
    auto cut = steps.size() / 2;
    stream_shard reference{settings(seed)};
    stream_shard uut{settings(seed)};
    for (size_t i = 0; i < cut; ++i) {
      reference.take(steps[i]);
      reference.write_all();
      uut.take(steps[i]);
      uut.write_all();
    }
    // Jobs that are in flight at the marker come back while it is packed.
    reference.engine.flush({});
    uut.engine.flush({});
    auto jobs = uut.engine.take_jobs(true);
    // One file a slice, and messages in between.
    uut.engine.mark(7, 1234);
    for (auto& job : jobs)
      uut.engine.finish(
        {write(uut.disk, random_stream::name_of(job.file), job)}, {});
    auto more = true;
    for (auto i = cut; more; ++i) {
      more = uut.engine.packer().pack_some(1);
      uut.take(steps[i]);
      uut.write_all();
    }
    stream_shard at_once{settings(seed)};
    stream_shard in_slices{settings(seed)};
    CAF_REQUIRE(!load(at_once, {pack(reference.engine)}));
    CAF_REQUIRE(!load(in_slices, {uut.engine.packer().take()}));
    for (file_id f = 0; f < random_stream::file_count; ++f)
      CAF_REQUIRE(at_once.engine.waiting(f).rows
                  == in_slices.engine.waiting(f).rows);
    for (auto name : counters)
      CAF_REQUIRE_EQUAL(at_once.stat(name), in_slices.stat(name));
    at_once.disk = reference.disk;
    in_slices.disk = reference.disk;
    for (auto i = cut; i < steps.size(); ++i) {
      at_once.take(steps[i]);
      at_once.write_all();
      in_slices.take(steps[i]);
      in_slices.write_all();
    }
    CAF_REQUIRE(at_once.disk == in_slices.disk);
  }
}

CAF_TEST(what is sealed behind a marker is not sealed in it) {
  shard before;
  auto f
    = before.open("f", define(10, {gauge_source(gap_fill::heartbeat, 20)}));
  before.advance_to(0);
  before.put(f, 5, 1);
  before.engine.mark(1, 0);
  before.advance_to(10);
  before.put(f, 5, 2);
  CAF_CHECK_EQUAL(before.stat("samples_late_total"), 1);
  shard after;
  after.names->add("f");
  CAF_REQUIRE(!load(after, {pack_on(before.engine, 1)}));
  CAF_CHECK_EQUAL(after.stat("samples_late_total"), 0);
  after.put(0, 6, 2);
  after.advance_to(10);
  after.write_all();
  CAF_CHECK_EQUAL(show(after.disk["f"]), "10=2");
}

CAF_TEST(two rows of a slot survive packing) {
  shard before;
  auto x = other(source_type::dderive, 60);
  auto f = before.open("f", define(10, {x, x}));
  for (auto at : {3, 13, 23, 33})
    for (uint16_t i = 0; i < 2; ++i)
      before.put(f, at + i, at * at + i, i);
  before.advance_to(30);
  auto rows = show(before.engine.waiting(f).rows, 2);
  CAF_CHECK_EQUAL(rows.substr(0, 30), "4=25,10 10=121,106 14=205,170 ");
  shard after;
  after.names->add("f");
  CAF_REQUIRE(!load(after, {pack(before.engine, 1)}));
  CAF_CHECK_EQUAL(show(after.engine.waiting(0).rows, 2), rows);
  CAF_CHECK_EQUAL(after.stat("rows_waiting"), before.stat("rows_waiting"));
  after.advance_to(1000);
  after.write_all();
  CAF_CHECK_EQUAL(show(after.disk["f"], 2), rows);
  CAF_CHECK(after.balanced());
}

CAF_TEST(a new marker replaces one that is being packed) {
  stream_shard uut{settings(0)};
  random_stream stream{0};
  for (size_t i = 0; i < stream.steps().size() / 2; ++i)
    uut.take(stream.steps()[i]);
  uut.engine.mark(1, 0);
  CAF_CHECK(uut.engine.packer().pack_some(1));
  auto bytes = pack(uut.engine, 1);
  stream_shard after{settings(0)};
  CAF_CHECK(!load(after, {bytes}));
  CAF_CHECK_EQUAL(after.stat("rows_waiting"), uut.stat("rows_waiting"));
}

CAF_TEST(rows of a file that the catalog does not have are given up) {
  shard before;
  auto f
    = before.open("f", define(10, {gauge_source(gap_fill::heartbeat, 20)}));
  auto g
    = before.open("g", define(10, {gauge_source(gap_fill::heartbeat, 20)}));
  before.put(f, 5, 1);
  before.put(f, 15, 1);
  before.put(g, 15, 2);
  shard after;
  after.names->add("g");
  CAF_REQUIRE(!load(after, {pack(before.engine)}));
  CAF_CHECK_EQUAL(after.stat("rows_abandoned_total", "unknown_file"), 2);
  CAF_CHECK_EQUAL(show(after.engine.waiting(0).rows), "20=2");
  CAF_CHECK(after.balanced());
}

CAF_TEST(a file whose end became known late survives packing) {
  shard before;
  auto definition = define(10, {gauge_source(gap_fill::heartbeat, 20)});
  auto f = before.open("f", definition);
  before.put(f, 5, 1);
  // The file turns out to have more than what waits for it.
  before.engine.open({f, definition, epoch + 20});
  shard after;
  after.names->add("f");
  CAF_REQUIRE(!load(after, {pack(before.engine)}));
  after.put(0, 20, 1);
  CAF_CHECK_EQUAL(after.stat("samples_late_total"), 1);
  CAF_CHECK_EQUAL(after.stat("rows_waiting"), 1);
}

CAF_TEST(damaged sections are refused) {
  random_stream stream{3};
  stream_shard before{shard::quick()};
  for (size_t i = 0; i < stream.steps().size() / 3; ++i)
    before.take(stream.steps()[i]);
  auto bytes = pack(before.engine);
  auto try_load = [](const std::string& x) {
    stream_shard after{shard::quick()};
    return load(after, {x});
  };
  CAF_REQUIRE(!try_load(bytes));
  CAF_CHECK(try_load(""));
  CAF_CHECK(try_load(bytes + bytes));
  CAF_CHECK(try_load("\xdd\xff\xff\xff\xff"));
  for (size_t n = 0; n < bytes.size(); ++n)
    CAF_REQUIRE(try_load(bytes.substr(0, n)));
  // A flipped bit may be another value, but never a crash.
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << i % 8));
    stream_shard after{shard::quick()};
    if (auto err = load(after, {flipped})) {
      CAF_CHECK(err == ec::damaged);
      continue;
    }
    after.engine.advance_watermark(epoch + 10'000, 1);
    after.write_all();
  }
  // The same files in two sections.
  stream_shard after{shard::quick()};
  CAF_CHECK(load(after, {bytes, bytes}));
}
