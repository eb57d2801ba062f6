#define CAF_SUITE cli_text

#include "actors/base/printable.hpp"
#include "runtime/cli/metric_lines.hpp"
#include "runtime/cli/text_table.hpp"
#include "tests/test.hpp"

#include <cmath>
#include <sstream>

using namespace rrdflow;

CAF_TEST(tables are aligned by characters) {
  text_table uut{{"NAME", "N", "END"}, {1}};
  uut.add({"a", "1", "x"});
  uut.add({"d\xc3\xa9j\xc3\xa0 vu", "1000", ""});
  std::ostringstream out;
  uut.print(out);
  CAF_CHECK_EQUAL(out.str(), "NAME        N  END\n"
                             "a           1  x\n"
                             "d\xc3\xa9j\xc3\xa0 vu  1000\n");
}

CAF_TEST(what a terminal could obey is escaped) {
  CAF_CHECK_EQUAL(for_terminal("a\x1b[2Jb\n"), "a\\x1b[2Jb\\x0a");
  CAF_CHECK_EQUAL(for_terminal("\x7f\xff\xc2\x9b"), "\\x7f\\xff\\xc2\\x9b");
  CAF_CHECK_EQUAL(for_terminal("\xc0\x80 \xe0\x80\x80"),
                  "\\xc0\\x80 \\xe0\\x80\\x80");
  CAF_CHECK_EQUAL(for_terminal("\xe2\x82"), "\\xe2\\x82");
  CAF_CHECK_EQUAL(for_terminal("21 \xc2\xb0"
                               "C \xe2\x82\xac \xf0\x9f\x98\x80"),
                  "21 \xc2\xb0"
                  "C \xe2\x82\xac \xf0\x9f\x98\x80");
}

CAF_TEST(what a reader could not see is escaped) {
  CAF_CHECK_EQUAL(for_terminal("\xef\xbb\xbf"
                               "a\xe2\x80\xae"
                               "b\xe2\x80\x8b\xc2\xad"),
                  "\\xef\\xbb\\xbfa\\xe2\\x80\\xaeb\\xe2\\x80\\x8b\\xc2\\xad");
  // Surrogates, and what is behind the last character.
  CAF_CHECK_EQUAL(for_terminal("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  CAF_CHECK_EQUAL(for_terminal("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  CAF_CHECK_EQUAL(for_terminal("\xe2\x80\xa6 \xed\x9f\xbf"),
                  "\xe2\x80\xa6 \xed\x9f\xbf");
}

CAF_TEST(numbers and ages are short) {
  CAF_CHECK_EQUAL(print_number(21.5), "21.5");
  CAF_CHECK_EQUAL(print_number(1000000), "1000000");
  CAF_CHECK_EQUAL(print_number(-3), "-3");
  CAF_CHECK_EQUAL(print_number(NAN), "U");
  CAF_CHECK_EQUAL(print_number(1e300), "1e+300");
  CAF_CHECK_EQUAL(print_age(0.4), "0s");
  CAF_CHECK_EQUAL(print_age(59), "59s");
  CAF_CHECK_EQUAL(print_age(60), "1m");
  CAF_CHECK_EQUAL(print_age(61), "1m 1s");
  CAF_CHECK_EQUAL(print_age(3600), "1h");
  CAF_CHECK_EQUAL(print_age(3601), "1h");
  CAF_CHECK_EQUAL(print_age(3 * 3600 + 5 * 60 + 7), "3h 5m");
  CAF_CHECK_EQUAL(print_age(90000), "1d 1h");
  CAF_CHECK_EQUAL(print_age(1e300), "11574074d 1h");
}

CAF_TEST(metrics are read as Prometheus writes them) {
  auto lines = parse_metric_lines("# HELP x y\n"
                                  "# TYPE x gauge\n"
                                  "x 1\n"
                                  "y{a=\"b }\\\"\",c=\"d\"} 2.5e+3 1700000000\n"
                                  "\n"
                                  "broken\n"
                                  "z{a=\"b\" 1\n"
                                  "inf +Inf\n"
                                  "last NaN");
  CAF_REQUIRE_EQUAL(lines.size(), 4u);
  CAF_CHECK_EQUAL(lines[0].key, "x");
  CAF_CHECK_EQUAL(lines[0].value, "1");
  CAF_CHECK_EQUAL(lines[1].key, "y{a=\"b }\\\"\",c=\"d\"}");
  CAF_CHECK_EQUAL(lines[1].name(), "y");
  CAF_CHECK_EQUAL(lines[1].value, "2.5e+3");
  CAF_CHECK_EQUAL(metrics_json(lines),
                  R"({"x":1,"y{a=\"b }\\\"\",c=\"d\"}":2500,"inf":null,)"
                  R"("last":null})"
                  "\n");
}
