#define CAF_SUITE data_request

#include "actors/serve/api/data_request.hpp"
#include "tests/test.hpp"

#include <limits>

using namespace rrdflow;

namespace {

constexpr int64_t now = 1700000000;

constexpr int64_t day = 86400;

constexpr auto unknown = std::numeric_limits<double>::quiet_NaN();

http_parameters with(http_parameters xs) {
  xs.emplace_back("series", "a/b");
  return xs;
}

/// Why `xs` is refused; empty: it is not.
std::string mistake(const http_parameters& xs) {
  auto x = parse_data_request(xs, now);
  if (x)
    return "";
  return x.error() == ec::bad_request ? explain(x.error()) : "other error";
}

} // namespace

CAF_TEST(the last hour in full is the default) {
  auto x = parse_data_request(with({}), now);
  CAF_REQUIRE(x);
  CAF_CHECK_EQUAL(x->series, "a/b");
  CAF_CHECK_EQUAL(x->read.from, now - 3600);
  CAF_CHECK_EQUAL(x->read.to, now);
  CAF_CHECK_EQUAL(x->read.resolution, 0);
  CAF_CHECK(x->read.functions.front() == consolidation::average);
  CAF_CHECK(x->format == data_format::json);
}

CAF_TEST(everything can be asked for) {
  auto x = parse_data_request(with({{"from", "-1d"},
                                    {"to", "2023-11-14T21:13:20Z"},
                                    {"points", "100"},
                                    {"cf", "MaX"},
                                    {"format", "CSV"}}),
                              now);
  CAF_REQUIRE(x);
  CAF_CHECK_EQUAL(x->read.from, now - day);
  CAF_CHECK_EQUAL(x->read.to, now - 3600);
  CAF_CHECK_EQUAL(x->read.resolution, (day - 3600) / 100);
  CAF_CHECK(x->read.functions.front() == consolidation::max);
  CAF_CHECK(x->format == data_format::csv);
}

CAF_TEST(nonsense is refused) {
  CAF_CHECK_EQUAL(mistake({}), "series: missing");
  CAF_CHECK_EQUAL(mistake({{"series", ""}}), "series: missing");
  for (auto& [name, value] : http_parameters{{"series", "c"},
                                             {"from", "soon"},
                                             {"from", "now"},
                                             {"from", "1800000000"},
                                             {"from", "1700000000000"},
                                             {"to", "yesterday"},
                                             {"to", "0"},
                                             {"to", "100"},
                                             {"points", "0"},
                                             {"points", "-5"},
                                             {"points", "1e3"},
                                             {"points", "100001"},
                                             {"points", "99999999999999999999"},
                                             {"cf", "median"},
                                             {"format", "xml"}})
    CAF_CHECK_NOT_EQUAL(std::make_pair(name + value,
                                       mistake(with({{name, value}}))),
                        std::make_pair(name + value, std::string{}));
}

CAF_TEST(one column becomes JSON or CSV) {
  fetch_result x{now, 10, {"a", "b"}, {1, 21.5, 2, unknown, 3, -0.1}};
  auto json = format_data(x, 1, data_format::json);
  CAF_REQUIRE(json);
  CAF_CHECK_EQUAL(json->body,
                  "[{\"time\":\"2023-11-14T22:13:30Z\",\"value\":21.5},\n"
                  "{\"time\":\"2023-11-14T22:13:40Z\",\"value\":null},\n"
                  "{\"time\":\"2023-11-14T22:13:50Z\",\"value\":-0.1}]\n");
  auto csv = format_data(x, 1, data_format::csv);
  CAF_REQUIRE(csv);
  CAF_CHECK_EQUAL(csv->body, "time,value\n"
                             "2023-11-14T22:13:30Z,21.5\n"
                             "2023-11-14T22:13:40Z,\n"
                             "2023-11-14T22:13:50Z,-0.1\n");
  CAF_CHECK(!format_data(x, 2, data_format::csv));
}

CAF_TEST(an answer without rows is empty) {
  auto json = format_data({0, 1, {"a"}, {}}, 0, data_format::json);
  CAF_REQUIRE(json);
  CAF_CHECK_EQUAL(json->body, "[]\n");
}

CAF_TEST(an answer with too many rows is refused) {
  fetch_result x{now, 10, {"a"}, std::vector<double>(max_points + 3)};
  CAF_CHECK(!format_data(x, 0, data_format::json));
}
