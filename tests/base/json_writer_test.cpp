#define CAF_SUITE json_writer

#include "actors/base/json_writer.hpp"
#include "tests/test.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

using namespace rrdflow;

namespace {

std::string quoted(std::string_view x) {
  json_writer out;
  out.value(x);
  return out.take();
}

std::string number(double x) {
  json_writer out;
  out.value(x);
  return out.take();
}

} // namespace

CAF_TEST(elements are separated by commas) {
  json_writer out;
  out.begin_array();
  out.begin_object();
  out.member("a", int64_t{-1});
  out.member("b", true);
  out.key("c");
  out.null();
  out.end_object();
  out.begin_object();
  out.end_object();
  out.begin_array();
  out.end_array();
  out.value("x");
  out.end_array();
  CAF_CHECK_EQUAL(out.take(), R"([{"a":-1,"b":true,"c":null},{},[],"x"])");
}

CAF_TEST(numbers are as short as reads back) {
  CAF_CHECK_EQUAL(number(21.5), "21.5");
  CAF_CHECK_EQUAL(number(0.1), "0.1");
  CAF_CHECK_EQUAL(number(3), "3");
  CAF_CHECK_EQUAL(number(std::numeric_limits<double>::quiet_NaN()), "null");
  CAF_CHECK_EQUAL(number(-std::numeric_limits<double>::infinity()), "null");
  for (auto x : {1. / 3, 5e-324, 1.7976931348623157e308, -2.5e-10})
    CAF_CHECK_EQUAL(std::strtod(number(x).c_str(), nullptr), x);
}

CAF_TEST(no number looks like an integer that 64 bits cannot hold) {
  CAF_CHECK_EQUAL(number(701673591209763143680.0), "7.016735912097631e+20");
  CAF_CHECK_EQUAL(number(-18446744073709551616.0), "-1.8446744073709552e+19");
  CAF_CHECK_EQUAL(number(1e20), "1e+20");
  CAF_CHECK_EQUAL(number(123456789012345678.0), "123456789012345680");
}

CAF_TEST(strings are escaped) {
  CAF_CHECK_EQUAL(quoted("a\"b\\c\n\t\x01\x7f"),
                  R"("a\"b\\c\n\u0009\u0001\u007f")");
  CAF_CHECK_EQUAL(quoted("grün 温度 😀"), "\"grün 温度 😀\"");
  CAF_CHECK_EQUAL(quoted(std::string_view{"\0", 1}), R"("\u0000")");
}

CAF_TEST(bytes that are not UTF 8 are shown as escapes) {
  // A stray tail, a cut sequence, an overlong slash, a surrogate, 0x110000.
  CAF_CHECK_EQUAL(quoted("\x80"), R"("\\x80")");
  CAF_CHECK_EQUAL(quoted("a\xc3"), R"("a\\xc3")");
  CAF_CHECK_EQUAL(quoted("\xc0\xaf"), R"("\\xc0\\xaf")");
  CAF_CHECK_EQUAL(quoted("\xed\xa0\x80"), R"("\\xed\\xa0\\x80")");
  CAF_CHECK_EQUAL(quoted("\xf4\x90\x80\x80"), R"("\\xf4\\x90\\x80\\x80")");
  CAF_CHECK_EQUAL(quoted("\xff\xfe"), R"("\\xff\\xfe")");
}
