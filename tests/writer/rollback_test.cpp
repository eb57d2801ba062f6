#define CAF_SUITE rollback

#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct rollback_fixture : store_fixture {
  rollback_result back(uint64_t from) {
    auto result = rollback(store, from);
    if (!result)
      CAF_FAIL(explain(result.error()));
    return std::move(*result);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(rollback_tests, rollback_fixture)

CAF_TEST(a header goes back to where it was at the marker) {
  write("p/a", rows(t0, {1, 2}));
  engine->marker(5);
  auto at5 = header_of(file("p/a")).bytes;
  write("p/a", rows(t0 + 20, {3}));
  write("p/a", rows(t0 + 30, {4}));
  engine->marker(6);
  auto at6 = header_of(file("p/a")).bytes;
  write("p/a", rows(t0 + 40, {5}));
  CAF_CHECK(newest_marker(store) == uint64_t{6});
  auto x = back(6);
  CAF_CHECK_EQUAL(x.headers, 1u);
  CAF_CHECK(header_of(file("p/a")).bytes == at6);
  x = back(5);
  CAF_CHECK_EQUAL(x.headers, 1u);
  CAF_CHECK(header_of(file("p/a")).bytes == at5);
  // Once more, as after a crash in the middle.
  CAF_CHECK_EQUAL(back(5).headers, 1u);
  CAF_CHECK(header_of(file("p/a")).bytes == at5);
}

CAF_TEST(a tuning goes back as well) {
  write("a", rows(t0, {1}));
  engine->marker(1);
  auto before = slurp(file("a")).substr(0, header_of(file("a")).bytes.size());
  auto source = make_source("value");
  source.heartbeat = 99;
  write("a", rows(t0 + 10, {2}), make_definition({source}));
  CAF_CHECK(header_of(file("a")).definition.sources[0].heartbeat == 99);
  CAF_CHECK_EQUAL(back(1).headers, 1u);
  CAF_CHECK(header_of(file("a")).bytes == before);
}

CAF_TEST(new files are deleted unless they are older than the marker) {
  engine->marker(1);
  write("a", rows(t0, {1}));
  engine->marker(2);
  auto before = header_of(file("a")).bytes;
  write("a", rows(t0 + 10, {2}));
  write("b", rows(t0, {1}));
  auto x = back(2);
  CAF_CHECK_EQUAL(x.headers, 1u);
  CAF_CHECK_EQUAL(x.deleted, 1u);
  CAF_CHECK(header_of(file("a")).bytes == before);
  CAF_CHECK(!std::filesystem::exists(file("b")));
  x = back(1);
  CAF_CHECK_EQUAL(x.deleted, 1u);
  CAF_CHECK(!std::filesystem::exists(file("a")));
  CAF_CHECK(x.left_alone.empty());
}

CAF_TEST(a file that was replaced is left alone and named) {
  write("a", rows(t0, {1}));
  write("r", rows(t0, {1}));
  engine->marker(1);
  write("a", rows(t0 + 10, {2}));
  write("b", rows(t0, {1}));
  write("r", rows(t0 + 10, {2}));
  auto copy = store + "/copy";
  std::filesystem::copy_file(file("a"), copy);
  std::filesystem::rename(copy, file("a"));
  std::filesystem::copy_file(file("b"), copy);
  std::filesystem::rename(copy, file("b"));
  auto a = slurp(file("a"));
  // The same inode with other archives.
  auto r = slurp(file("r"));
  auto other = make_definition({make_source("value")}, 10,
                               {{consolidation::average, 0.5, 1, 7}});
  write("other", rows(t0, {1}), other);
  spill(file("r"), slurp(file("other")));
  auto x = back(1);
  CAF_CHECK_EQUAL(x.headers, 0u);
  CAF_CHECK_EQUAL(x.deleted, 1u); // other
  CAF_REQUIRE_EQUAL(x.left_alone.size(), 3u);
  CAF_CHECK_EQUAL(x.left_alone[0].file, "a");
  CAF_CHECK_EQUAL(x.left_alone[0].reason, "another file stands in its place");
  CAF_CHECK_EQUAL(x.left_alone[1].file, "b");
  CAF_CHECK_EQUAL(x.left_alone[2].file, "r");
  CAF_CHECK(slurp(file("a")) == a);
  CAF_CHECK(std::filesystem::exists(file("b")));
}

CAF_TEST(a file made anew since the marker is deleted) {
  write("a", rows(t0, {1}));
  engine->marker(1);
  write("a", rows(t0 + 10, {2}));
  // Keeps the inode from being used again.
  std::filesystem::rename(file("a"), store + "/old");
  write("a", rows(t0 + 20, {3}));
  auto x = back(1);
  CAF_CHECK_EQUAL(x.deleted, 1u);
  CAF_CHECK(x.left_alone.empty());
  CAF_CHECK(!std::filesystem::exists(file("a")));
}

CAF_TEST(a log cut off at any byte puts back what is whole) {
  write("a", rows(t0, {1}));
  write("b", rows(t0, {1}));
  engine->marker(1);
  auto a = header_of(file("a")).bytes;
  auto b = header_of(file("b")).bytes;
  write("a", rows(t0 + 10, {2}));
  auto name = undo_name(store, 1, 0);
  auto first = slurp(name).size();
  write("b", rows(t0 + 10, {2}));
  auto log = slurp(name);
  for (size_t size = 0; size <= log.size(); size += 7) {
    spill(name, log.substr(0, size));
    auto x = back(1);
    CAF_REQUIRE_EQUAL(x.headers, size < first        ? 0u
                                 : size < log.size() ? 1u
                                                     : 2u);
  }
  // A flipped bit in the last record is a tail as well.
  auto bad = log;
  bad[first + 40] = static_cast<char>(bad[first + 40] ^ 1);
  spill(name, bad);
  auto x = back(1);
  CAF_CHECK_EQUAL(x.headers, 1u);
  CAF_CHECK_EQUAL(x.torn_bytes, log.size() - first);
  CAF_CHECK(header_of(file("a")).bytes == a);
  // A record counts for its own marker only.
  std::filesystem::rename(name, undo_name(store, 2, 0));
  CAF_CHECK_EQUAL(back(1).headers, 0u);
  spill(name, log);
  CAF_CHECK_EQUAL(back(1).headers, 2u);
  CAF_CHECK(header_of(file("b")).bytes == b);
}

CAF_TEST(what is behind a damaged record is put back) {
  for (auto name : {"a", "b", "c"})
    write(name, rows(t0, {1}));
  engine->marker(1);
  auto b = header_of(file("b")).bytes;
  std::vector<size_t> ends;
  auto name = undo_name(store, 1, 0);
  for (auto x : {"a", "b", "c"}) {
    write(x, rows(t0 + 10, {2}));
    ends.push_back(slurp(name).size());
  }
  auto log = slurp(name);
  for (size_t at = 0; at < ends[0]; ++at) {
    auto bad = log;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    spill(name, bad);
    auto x = back(1);
    auto in_magic = at < undo_magic.size();
    CAF_REQUIRE_EQUAL(x.headers, in_magic ? 3u : 2u);
    CAF_REQUIRE_EQUAL(x.torn_bytes, 0u);
    CAF_REQUIRE_EQUAL(x.damaged.size(), 1u);
    CAF_REQUIRE_EQUAL(x.damaged[0].name, name);
    CAF_REQUIRE_EQUAL(x.damaged[0].bytes, in_magic
                                            ? undo_magic.size()
                                            : ends[0] - undo_magic.size());
  }
  CAF_CHECK(header_of(file("b")).bytes == b);
  CAF_MESSAGE("a writer that goes on with the log keeps what is sound");
  settings.marker = 1;
  restart();
  write("a", rows(t0 + 20, {3}));
  CAF_CHECK_EQUAL(back(1).headers, 3u);
}

CAF_TEST(a restarted writer goes on with the log of its marker) {
  write("a", rows(t0, {1}));
  write("b", rows(t0, {1}));
  engine->marker(7);
  auto a = header_of(file("a")).bytes;
  auto b = header_of(file("b")).bytes;
  write("a", rows(t0 + 10, {2}));
  auto name = undo_name(store, 7, 0);
  spill(name, slurp(name) + std::string(100, 'x')); // torn
  CAF_CHECK_EQUAL(back(7).headers, 1u);
  settings.marker = 7;
  restart();
  write("b", rows(t0 + 10, {2}));
  write("a", rows(t0 + 10, {2, 3}));
  auto x = back(7);
  CAF_CHECK_EQUAL(x.headers, 2u);
  CAF_CHECK_EQUAL(x.torn_bytes, 0u);
  CAF_CHECK(header_of(file("a")).bytes == a);
  CAF_CHECK(header_of(file("b")).bytes == b);
}

CAF_TEST(old logs go and strange names stay) {
  for (uint64_t marker : {1u, 2u, 3u}) {
    engine->marker(marker);
    write("a", rows(t0 + static_cast<int64_t>(marker) * 10, {1}));
  }
  spill(store + "/snapshot/undo-1-0", "");
  spill(store + "/snapshot/snapshot-00000000000000000009", "");
  CAF_CHECK(!drop_undo_logs(store, 3));
  CAF_CHECK_EQUAL(undo_files(store)->size(), 1u);
  CAF_CHECK(newest_marker(store) == uint64_t{3});
  CAF_CHECK(std::filesystem::exists(store + "/snapshot/undo-1-0"));
}

CAF_TEST(each file is logged once for a marker) {
  for (auto i = 0; i < 5; ++i)
    write("a", rows(t0 + i * 10, {1}));
  CAF_CHECK_EQUAL(metric("undo_records_total"), 1);
  engine->marker(1);
  for (auto i = 5; i < 9; ++i)
    write("a", rows(t0 + i * 10, {1}));
  CAF_CHECK_EQUAL(metric("undo_records_total"), 2);
  // Past rows change nothing.
  engine->marker(2);
  write("a", rows(t0, {1}));
  CAF_CHECK_EQUAL(metric("undo_records_total"), 2);
}

CAF_TEST(without room for the log no file is touched) {
  write("a", rows(t0, {1}));
  auto before = slurp(file("a"));
  engine->marker(1);
  std::filesystem::create_directory(undo_name(store, 1, 0));
  auto x = write("a", rows(t0 + 10, {2}));
  CAF_CHECK_EQUAL(x.status, write_status::failed);
  CAF_CHECK(slurp(file("a")) == before);
  CAF_CHECK_EQUAL(write("b", rows(t0, {2})).status, write_status::failed);
  CAF_CHECK(!std::filesystem::exists(file("b")));
  CAF_CHECK(std::filesystem::is_empty(store + "/rrd/.new"));
  std::filesystem::remove(undo_name(store, 1, 0));
  CAF_CHECK_EQUAL(write("a", rows(t0 + 10, {2})).written, 1u);
}

CAF_TEST(litter of a killed writer is swept) {
  write("a", rows(t0, {1}));
  spill(store + "/rrd/.new/0-1.rrdAbCdEf", "x");
  spill(store + "/rrd/.new/0-2.rrd", "x");
  CAF_CHECK(!sweep_new_files(store));
  CAF_CHECK(std::filesystem::is_empty(store + "/rrd/.new"));
  CAF_CHECK(std::filesystem::exists(file("a")));
}

CAF_TEST_FIXTURE_SCOPE_END()
