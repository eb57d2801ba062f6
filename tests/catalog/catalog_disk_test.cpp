#define CAF_SUITE catalog_disk

// The catalog file: torn, damaged, full disk, wasteful.

#include "actors/catalog/catalog_file.hpp"
#include "tests/catalog/catalog_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct disk_fixture : catalog_fixture {
  std::string file() const {
    return directory + "/catalog";
  }

  /// A small catalog of every kind of record.
  std::string small() {
    open();
    auto a = resolve({series("a"), series("b c"), series("gone")});
    uut->retire({a[1].file});
    uut->release({a[2].file});
    resolve(labelled("net", 1, share(sources({"value", "out"}, 60))));
    uut.reset();
    return read(file());
  }

  void clean() {
    std::filesystem::remove(file());
    std::filesystem::remove(file() + ".damaged");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(catalog_disk_tests, disk_fixture)

CAF_TEST(a restart knows what was said) {
  small();
  auto& engine = open();
  CAF_CHECK_EQUAL(names(), (std::vector<std::string>{"a", "b c", "net/out"}));
  CAF_CHECK(!engine.list({"b c", "", 1, true})[0].alive);
  CAF_CHECK_EQUAL(engine.index_text(), "a|net");
  CAF_CHECK(engine.take_notes().empty());
  auto x = engine.list({"net/out", "", 1, true})[0];
  CAF_CHECK_EQUAL(x.rule, "rrd/net");
  CAF_CHECK_EQUAL(x.topic, "net/out");
  CAF_CHECK_EQUAL(x.index, 1u);
  auto other = series("b c");
  other.topic = "other";
  CAF_CHECK_EQUAL(resolve(other).refused, refusal::collision);
  CAF_CHECK_EQUAL(resolve(series("gone")).refused, refusal::none);
}

CAF_TEST(a torn end is cut off) {
  auto whole = small();
  auto records = [](std::string_view bytes) {
    return scan_records(bytes, [](auto, auto) {});
  };
  for (auto n = catalog_header_size; n < whole.size(); ++n) {
    clean();
    write(file(), whole.substr(0, n));
    auto end = records(std::string_view{whole}.substr(0, n)).end;
    auto& engine = open();
    CAF_CHECK_EQUAL(engine.take_notes().size(), end < n ? 1u : 0u);
    CAF_CHECK_EQUAL(std::filesystem::file_size(file()), end);
    if (n % 16 != 0)
      continue;
    CAF_MESSAGE("and what comes next is readable");
    CAF_REQUIRE_EQUAL(resolve(series("new")).refused, refusal::none);
    open();
    CAF_CHECK(uut->take_notes().empty());
    CAF_CHECK_EQUAL(uut->list({"new", "", 1, true}).size(), 1u);
  }
}

CAF_TEST(a file shorter than its header is made anew) {
  auto whole = small();
  for (size_t n = 0; n < catalog_header_size; ++n) {
    clean();
    write(file(), whole.substr(0, n));
    open();
    CAF_CHECK(names().empty());
    CAF_CHECK_EQUAL(read(file()), catalog_header());
    CAF_CHECK_EQUAL(std::filesystem::exists(file() + ".damaged"), n > 0);
  }
}

CAF_TEST(damage of any byte costs one record) {
  auto whole = small();
  auto records = scan_records(whole, [](auto, auto) {}).records;
  for (size_t i = 0; i < whole.size(); ++i) {
    clean();
    auto bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ (1 << (i % 8)));
    write(file(), bytes);
    uint64_t left = 0;
    scan_records(bytes, [&](auto, auto) { ++left; });
    CAF_CHECK_EQUAL(left, i < catalog_header_size ? records : records - 1);
    auto& engine = open();
    CAF_CHECK_EQUAL(engine.take_notes().size(), 1u);
    if (i % 16 != 0)
      continue;
    CAF_MESSAGE("what was kept is whole again, and new names find a place");
    CAF_REQUIRE_EQUAL(resolve(series("new")).refused, refusal::none);
    auto before = names();
    open();
    CAF_CHECK(uut->take_notes().empty());
    CAF_CHECK_EQUAL(names(), before);
    if (i < catalog_header_size)
      CAF_CHECK_EQUAL(before.size(), 4u);
  }
}

CAF_TEST(a damaged file is kept aside) {
  auto bytes = small();
  bytes[catalog_header_size + 20] ^= 1;
  write(file(), bytes);
  open();
  CAF_CHECK_EQUAL(read(file() + ".damaged"), bytes);
}

CAF_TEST(zeros and foreign bytes in the middle are passed over) {
  auto bytes = small();
  CAF_MESSAGE("GIVEN a page of zeros and half a record between records");
  bytes.insert(catalog_header_size, std::string(4096, '\0'));
  bytes.insert(catalog_header_size,
               bytes.substr(catalog_header_size + 4096, 30));
  write(file(), bytes);
  open();
  CAF_CHECK_EQUAL(uut->take_notes().size(), 1u);
  CAF_CHECK_EQUAL(names(), (std::vector<std::string>{"a", "b c", "net/out"}));
}

CAF_TEST(random bytes are no catalog) {
  std::string bytes;
  uint32_t x = 1;
  for (auto i = 0; i < 100000; ++i) {
    x = x * 1664525 + 1013904223;
    // Many record starts.
    bytes += (x >> 24) % 4 == 0 ? '\xa7' : static_cast<char>(x >> 16);
  }
  write(file(), bytes);
  open();
  CAF_CHECK(names().empty());
}

CAF_TEST(a catalog of another version is set aside) {
  auto bytes = small();
  bytes[catalog_magic.size()] = 2;
  // Its records are checked by its own version.
  auto header = bytes.substr(0, catalog_header_size);
  write(file(), header + "something else");
  open();
  CAF_CHECK(names().empty());
  CAF_CHECK_EQUAL(read(file() + ".damaged"), header + "something else");
}

CAF_TEST(what is out of date is dropped at a start) {
  open();
  std::vector<new_series> xs;
  for (auto i = 0; i < 200; ++i)
    xs.push_back(series("s" + std::to_string(i)));
  for (auto step = 0; step < 10; ++step) {
    auto x = simple();
    x.lateness = step;
    for (auto& s : xs)
      s.definition = share(x);
    resolve(xs);
  }
  uut->retire({0});
  CAF_REQUIRE(!uut->commit());
  uut.reset();
  auto before = std::filesystem::file_size(file());
  open();
  auto after = std::filesystem::file_size(file());
  CAF_CHECK_LESS(after * 3, before * 2);
  CAF_CHECK(!std::filesystem::exists(file() + ".tmp"));
  CAF_CHECK(!std::filesystem::exists(file() + ".damaged"));
  auto check = [&] {
    CAF_CHECK_EQUAL(names().size(), 200u);
    CAF_CHECK(!uut->list({"s0", "", 1, true})[0].alive);
    CAF_CHECK_EQUAL(std::string{uut->list({"s7", "", 1, true})[0].topic}, "s7");
  };
  check();
  CAF_MESSAGE("and what comes behind it fits");
  resolve(series("new", share(simple(77))));
  open();
  CAF_CHECK_EQUAL(names().size(), 201u);
  CAF_CHECK_EQUAL(resolve(series("new", share(simple(77)))).definition->step,
                  77);
}

CAF_TEST(nothing is written for what is known) {
  open();
  resolve({series("a"), series("b")});
  auto size = std::filesystem::file_size(file());
  open();
  resolve({series("a"), series("b")});
  CAF_CHECK_EQUAL(std::filesystem::file_size(file()), size);
}

CAF_TEST(a full disk leaves nothing half written) {
  auto& engine = open();
  resolve(series("a"));
  auto size = std::filesystem::file_size(file());
  CAF_MESSAGE("GIVEN room for a part of what is to be written");
  auto answers = engine.resolve({series("b")}, {});
  CAF_CHECK_EQUAL(answers[0].refused, refusal::none);
  {
    file_size_limit limit{size + 20};
    CAF_CHECK_EQUAL(engine.commit(), ec::disk_full);
    CAF_CHECK_EQUAL(engine.commit(), ec::disk_full);
  }
  CAF_CHECK_EQUAL(std::filesystem::file_size(file()), size);
  CAF_MESSAGE("WHEN there is room again THEN all is written");
  CAF_CHECK(!engine.commit());
  open();
  CAF_CHECK_EQUAL(names(), (std::vector<std::string>{"a", "b"}));
  CAF_CHECK(uut->take_notes().empty());
}

CAF_TEST(a start on a full disk keeps the old catalog) {
  auto bytes = small();
  // In the last record.
  bytes[bytes.size() - 1] ^= 1;
  bytes += bytes.substr(catalog_header_size, 200);
  write(file(), bytes);
  {
    file_size_limit limit{10};
    auto x = catalog_engine::open(settings);
    CAF_REQUIRE(!x);
    CAF_CHECK_EQUAL(x.error(), ec::disk_full);
  }
  CAF_CHECK_EQUAL(read(file()), bytes);
  CAF_CHECK(!std::filesystem::exists(file() + ".tmp"));
  open();
  CAF_CHECK_EQUAL(names(), (std::vector<std::string>{"a", "b c"}));
}

CAF_TEST(the store must exist) {
  settings.directory = directory + "/missing";
  auto x = catalog_engine::open(settings);
  CAF_REQUIRE(!x);
  CAF_CHECK_EQUAL(x.error(), ec::io_failed);
}

CAF_TEST_FIXTURE_SCOPE_END()
