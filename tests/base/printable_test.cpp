#define CAF_SUITE printable

#include "actors/base/printable.hpp"
#include "actors/base/utf8.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

CAF_TEST(a log line is printable ASCII) {
  CAF_CHECK_EQUAL(printable("a/b c"), "a/b c");
  CAF_CHECK_EQUAL(printable("\x1b[31m\n\\"), "\\x1b[31m\\x0a\\x5c");
  CAF_CHECK_EQUAL(printable("\xc3\xa9"), "\\xc3\\xa9");
  CAF_CHECK_EQUAL(printable(std::string(300, 'a')).size(), 203u);
}

CAF_TEST(a terminal gets what shows and changes nothing else) {
  CAF_CHECK_EQUAL(for_terminal("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\xa1"),
                  "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\xa1");
  CAF_CHECK_EQUAL(for_terminal("\x1b]0;x\a\r\n\t\x7f"),
                  "\\x1b]0;x\\x07\\x0d\\x0a\\x09\\x7f");
  CAF_MESSAGE("eight bit controls, as CSI");
  CAF_CHECK_EQUAL(for_terminal("\xc2\x9b"
                               "31m"),
                  "\\xc2\\x9b31m");
  CAF_MESSAGE("right to left override, zero width space, line separator, BOM");
  CAF_CHECK_EQUAL(for_terminal("a\xe2\x80\xae"
                               "b"),
                  "a\\xe2\\x80\\xaeb");
  CAF_CHECK_EQUAL(for_terminal("\xe2\x80\x8b"), "\\xe2\\x80\\x8b");
  CAF_CHECK_EQUAL(for_terminal("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");
  CAF_CHECK_EQUAL(for_terminal("\xef\xbb\xbf"), "\\xef\\xbb\\xbf");
  CAF_CHECK_EQUAL(for_terminal("\xf3\xa0\x81\x81"), "\\xf3\\xa0\\x81\\x81");
}

CAF_TEST(what is no UTF - 8 is no character) {
  for (auto bad : {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\xaf", "\xed\xa0\x80",
                   "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xff"}) {
    CAF_CHECK_EQUAL(first_character(bad).size, 0u);
    CAF_CHECK_EQUAL(for_terminal(bad).compare(0, 2, "\\x"), 0);
  }
  CAF_CHECK_EQUAL(first_character("").size, 0u);
  auto euro = first_character("\xe2\x82\xac?");
  CAF_CHECK(euro.code == 0x20ac && euro.size == 3);
  auto last = first_character("\xf4\x8f\xbf\xbf");
  CAF_CHECK(last.code == 0x10ffff && last.size == 4);
}
