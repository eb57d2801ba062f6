#define CAF_SUITE rrd_header

#include "actors/writer/librrd.hpp"
#include "config/file_definition.hpp"
#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

// Lets librrd show its file format.
#define RRD_EXPORT_DEPRECATED
#include <rrd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <string_view>
#include <utility>

using namespace rrdflow;
using namespace rrdflow::test;
using namespace rrdflow::rrd_layout;
using namespace std::literals;

// The numbers of the layout are those of librrd.
static_assert(sizeof(stat_head_t) == static_size);
static_assert(offsetof(stat_head_t, float_cookie) == float_cookie_at);
static_assert(offsetof(stat_head_t, ds_cnt) == source_count_at);
static_assert(offsetof(stat_head_t, rra_cnt) == archive_count_at);
static_assert(offsetof(stat_head_t, pdp_step) == step_at);
static_assert(sizeof(ds_def_t) == source_size);
static_assert(offsetof(ds_def_t, dst) == source_type_at);
static_assert(offsetof(ds_def_t, par) == source_tunables_at);
static_assert(sizeof(rra_def_t) == archive_size);
static_assert(offsetof(rra_def_t, row_cnt) == archive_rows_at);
static_assert(offsetof(rra_def_t, pdp_cnt) == archive_steps_at);
static_assert(offsetof(rra_def_t, par) == archive_xff_at);
static_assert(sizeof(live_head_t) == live_size);
static_assert(sizeof(pdp_prep_t) == pending_size);
static_assert(sizeof(cdp_prep_t) == consolidated_size);
static_assert(sizeof(rra_ptr_t) == pointer_size);

namespace {

struct header_fixture : store_fixture {
  header_fixture() {
    auto two = make_definition(
      {make_source("value"), make_source("n", source_type::dcounter)});
    for (auto i = 0; i < 60; ++i)
      write("a", {{t0 + i * 10}, {number(i), number(i * 2)}}, two);
    whole = slurp(file("a"));
    header_size = header_of(file("a")).bytes.size();
  }

  /// What the check says of `whole` with a number put somewhere.
  template <class T>
  std::string with(size_t offset, T x) {
    auto bytes = whole;
    std::memcpy(bytes.data() + offset, &x, sizeof(x));
    auto header = parse_header(bytes, bytes.size());
    return header.state == header_state::ok        ? "ok"
           : header.state == header_state::damaged ? "damaged"
                                                   : "unsupported";
  }

  std::string with(size_t offset, std::string_view x) {
    auto bytes = whole;
    std::memset(bytes.data() + offset, 0, 20);
    std::memcpy(bytes.data() + offset, x.data(), x.size());
    auto header = parse_header(bytes, bytes.size());
    return header.state == header_state::ok        ? "ok"
           : header.state == header_state::damaged ? "damaged"
                                                   : "unsupported";
  }

  std::string whole;
  size_t header_size = 0;
};

constexpr auto ds = static_size;
constexpr auto rra = static_size + 2 * source_size;
constexpr auto live = rra + 3 * archive_size;
constexpr auto pending = live + live_size;

} // namespace

CAF_TEST_FIXTURE_SCOPE(rrd_header_tests, header_fixture)

CAF_TEST(a header says what rrdtool info says) {
  auto header = header_of(file("a"));
  CAF_REQUIRE(header.state == header_state::ok);
  auto info = rrdflow::test::run("rrdtool info " + file("a"));
  auto says = [&](const std::string& line) {
    return info.find(line + '\n') != std::string::npos;
  };
  CAF_CHECK(says("header_size = " + std::to_string(header.bytes.size())));
  CAF_CHECK(says("last_update = " + std::to_string(header.last_update)));
  CAF_CHECK(says("step = " + std::to_string(header.definition.step)));
  CAF_REQUIRE_EQUAL(header.definition.sources.size(), 2u);
  for (const auto& x : header.definition.sources) {
    CAF_CHECK(says("ds[" + x.name + "].type = \"" + to_string(x.type) + '"'));
    CAF_CHECK(says("ds[" + x.name
                   + "].minimal_heartbeat = " + std::to_string(x.heartbeat)));
  }
  CAF_REQUIRE_EQUAL(header.definition.archives.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const auto& x = header.definition.archives[i];
    auto name = "rra[" + std::to_string(i) + "].";
    CAF_CHECK(says(name + "cf = \"" + to_string(x.function) + '"'));
    CAF_CHECK(says(name + "rows = " + std::to_string(x.rows)));
    CAF_CHECK(says(name + "pdp_per_row = " + std::to_string(x.steps)));
    CAF_CHECK(says(name + "xff = 5.0000000000e-01"));
  }
  CAF_CHECK_EQUAL(rrd_file_size(header.definition), whole.size());
}

CAF_TEST(each field that librrd trusts is checked) {
  uint64_t huge = 1ull << 61;
  CAF_CHECK_EQUAL(with(0, 'X'), "damaged");
  CAF_CHECK_EQUAL(with(version_at, "0006"sv), "damaged");
  CAF_CHECK_EQUAL(with(float_cookie_at, 1.0), "damaged");
  for (auto offset : {source_count_at, archive_count_at, step_at})
    for (auto x : {uint64_t{0}, uint64_t{3000}, huge, ~uint64_t{0}})
      if (offset != step_at || x != 3000)
        CAF_CHECK_EQUAL(with(offset, x), "damaged");
  CAF_CHECK_EQUAL(with(ds, "a b"sv), "damaged");
  CAF_CHECK_EQUAL(with(ds, ""sv), "damaged");
  CAF_CHECK_EQUAL(with(ds, "aaaaaaaaaaaaaaaaaaaa"sv), "damaged");
  CAF_CHECK_EQUAL(with(ds + source_type_at, "GAUG"sv), "damaged");
  CAF_CHECK_EQUAL(with(ds + source_type_at, "COMPUTE"sv), "unsupported");
  CAF_CHECK_EQUAL(with(rra, "AVERAG"sv), "damaged");
  CAF_CHECK_EQUAL(with(rra, "HWPREDICT"sv), "unsupported");
  CAF_CHECK_EQUAL(with(rra, "LAST"sv), "ok");
  for (auto offset : {archive_rows_at, archive_steps_at})
    for (auto x : {uint64_t{0}, huge, ~uint64_t{0}})
      CAF_CHECK_EQUAL(with(rra + offset, x), "damaged");
  CAF_CHECK_EQUAL(with(rra + archive_rows_at, uint64_t{49}), "damaged");
  CAF_CHECK_EQUAL(with(live, int64_t{-1}), "damaged");
  CAF_CHECK_EQUAL(with(live, INT64_MAX), "damaged");
  // Dead until 2106, but sound: its rows are past.
  CAF_CHECK_EQUAL(with(live, int64_t{4294967296}), "ok");
  CAF_CHECK_EQUAL(with(live + 8, int64_t{1000000}), "damaged");
  CAF_CHECK_EQUAL(with(pending + pending_size, "12,5"sv), "damaged");
  CAF_CHECK_EQUAL(with(pending + pending_size, "+12.5e3"sv), "ok");
  CAF_CHECK_EQUAL(with(pending + pending_size, "UNKN"sv), "ok");
  auto pointers = header_size - 3 * pointer_size;
  CAF_CHECK_EQUAL(with(pointers, uint64_t{50}), "damaged");
  CAF_CHECK_EQUAL(with(pointers + 8, uint64_t{20}), "damaged");
  CAF_CHECK_EQUAL(with(pointers + 8, uint64_t{19}), "ok");
  auto text = whole;
  std::memset(text.data() + pending, '1', last_text_size);
  CAF_CHECK(!parse_header(text, text.size()));
}

CAF_TEST(a file cut off at any byte is damaged) {
  for (size_t size = 0; size < whole.size();
       size += size < header_size ? 1 : 97) {
    auto header = parse_header(whole.substr(0, size), size);
    CAF_REQUIRE(header.state == header_state::damaged);
    CAF_REQUIRE(!header.reason.empty());
  }
  CAF_CHECK(!parse_header(whole + "x", whole.size() + 1));
  CAF_CHECK(parse_header(whole, whole.size()));
}

CAF_TEST(files of rrdtool of all versions are known) {
  auto path = store + "/v.rrd";
  auto create = [&](const std::string& arguments) {
    CAF_CHECK_EQUAL(
      rrdflow::test::run("rrdtool create " + path + ' ' + arguments), "");
    return header_of(path);
  };
  auto v3 = create("DS:a:GAUGE:20:U:100 RRA:MIN:0.5:1:10");
  CAF_CHECK(v3);
  CAF_CHECK_EQUAL(v3.definition.sources[0].max, 100);
  CAF_CHECK(create("DS:a:DDERIVE:20:U:U RRA:MIN:0.5:1:10"));
  CAF_CHECK(
    create("DS:a:GAUGE:20:U:U DS:b:COMPUTE:a,2,* RRA:LAST:0.5:1:10").state
    == header_state::unsupported);
  CAF_CHECK(create("DS:a:GAUGE:20:U:U RRA:AVERAGE:0.5:1:10 "
                   "RRA:HWPREDICT:100:0.1:0.1:10")
              .state
            == header_state::unsupported);
  // Version 0001 has no microseconds in its live part.
  auto bytes = v3.bytes;
  auto old = bytes.substr(0, v3.live_begin + 8)
             + bytes.substr(v3.live_begin + 16) + std::string(80, 0);
  old.replace(version_at, 4, "0001");
  auto v1 = parse_header(old, old.size());
  CAF_CHECK_EQUAL(v1.reason, "");
  CAF_CHECK(v1);
  CAF_CHECK_EQUAL(v1.last_update, v3.last_update);
}

// What the check lets pass, librrd must survive. 2000 mutants; those accepted
// are updated and read in a child, whose end is watched.
CAF_TEST(librrd survives what the check accepts) {
  std::mt19937_64 random{4711};
  const uint64_t extremes[]
    = {0,          1,     2,          255,         1ull << 31, 1ull << 32,
       1ull << 61, ~0ull, 1ull << 63, 4294967295u, 50,         49};
  std::vector<std::string> accepted;
  size_t refused = 0;
  for (auto i = 0; i < 2000; ++i) {
    auto bytes = whole;
    for (auto n = random() % 3 + 1; n > 0; --n) {
      if (random() % 2) {
        auto at = random() % header_size;
        bytes[at] = static_cast<char>(random());
      } else {
        auto at = random() % (header_size / 8 - 1) * 8;
        auto x = extremes[random() % std::size(extremes)];
        std::memcpy(bytes.data() + at, &x, 8);
      }
    }
    if (parse_header(bytes, bytes.size()))
      accepted.push_back(std::move(bytes));
    else
      ++refused;
  }
  CAF_MESSAGE(refused << " refused, " << accepted.size() << " accepted");
  CAF_CHECK(refused > 300);
  CAF_CHECK(accepted.size() > 200);
  auto child = ::fork();
  if (child == 0) {
    ::alarm(40);
    unique_fd fd{::memfd_create("mutant", 0)};
    for (const auto& bytes : accepted) {
      if (::pwrite(fd.get(), bytes.data(), bytes.size(), 0) < 0)
        ::_exit(1);
      auto header = parse_header(bytes, bytes.size());
      auto& sources = header.definition.sources;
      auto columns = match_columns(header.definition, header.definition);
      for (auto n : {5, 10, 700, 100000}) {
        row_block row;
        row.times = {header.last_update + n};
        for (auto& x : sources)
          row.cells.push_back({is_integer(x.type) ? value_bits::of(uint64_t{1})
                                                  : value_bits::of(1.0),
                               true});
        librrd::update(fd.get(), row, 0, 1, sources.size(), columns);
      }
    }
    ::_exit(0);
  }
  auto status = -1;
  ::waitpid(child, &status, 0);
  CAF_CHECK(WIFEXITED(status));
  CAF_CHECK_EQUAL(status, 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
