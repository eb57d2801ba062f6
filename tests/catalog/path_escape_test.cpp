#define CAF_SUITE path_escape

#include "actors/catalog/path_escape.hpp"
#include "tests/test.hpp"

#include <rapidcheck.h>

using namespace rrdflow;

namespace {

std::string path_of(std::string_view name) {
  auto result = escape_name(name);
  return result ? *result : "refused: " + explain(result.error());
}

/// Names of the characters that matter, so that clashes would be found.
rc::Gen<std::string> names() {
  return rc::gen::container<std::string>(rc::gen::element(
    'a', '.', '-', '/', '=', 'r', 'd', '2', 'E', '%', '\0', '\xff', 'i'));
}

rc::Gen<std::string> levels() {
  return rc::gen::element<std::string>("a", "a.rrd", ".rrd", "", ".", "..", "=",
                                       "=2E", "index.txt", "-", "a=b");
}

/// The folders that a file needs, and the file itself.
std::vector<std::string> places(const std::string& path) {
  std::vector<std::string> result;
  for (auto i = path.find('/'); i != path.npos; i = path.find('/', i + 1))
    result.push_back(path.substr(0, i));
  return result;
}

} // namespace

CAF_TEST(plain names are their paths) {
  for (auto x : {"a", "plant/hall_1/temp-2", "A.b.C/0", "rrd", "a.rrd2", "x-"})
    CAF_CHECK_EQUAL(path_of(x), x);
}

CAF_TEST(other bytes are escaped) {
  CAF_CHECK_EQUAL(path_of("hall 1"), "hall=201");
  CAF_CHECK_EQUAL(path_of("%n%s"), "=25n=25s");
  CAF_CHECK_EQUAL(path_of("a=b|c"), "a=3Db=7Cc");
  CAF_CHECK_EQUAL(path_of("\xc3\xa9"), "=C3=A9");
  CAF_CHECK_EQUAL(path_of(std::string_view{"\0", 1}), "=00");
}

CAF_TEST(no path leads out of the folder) {
  CAF_CHECK_EQUAL(path_of("../../etc/passwd"), "=2E./=2E./etc/passwd");
  CAF_CHECK_EQUAL(path_of("/etc/passwd"), "=/etc/passwd");
  CAF_CHECK_EQUAL(path_of("a/./b"), "a/=2E/b");
  CAF_CHECK_EQUAL(path_of("a/-rf"), "a/=2Drf");
  CAF_CHECK_EQUAL(path_of("a//b/"), "a/=/b/=");
  CAF_CHECK_EQUAL(path_of("/"), "=/=");
  CAF_CHECK_EQUAL(path_of(""), "=");
}

CAF_TEST(no folder is named like a file) {
  CAF_CHECK_EQUAL(path_of("a.rrd/b"), "a=2Errd/b");
  CAF_CHECK_EQUAL(path_of("a.rrd"), "a=2Errd");
  CAF_CHECK_EQUAL(path_of(".rrd/.rrd.rrd"), "=2Errd/=2Errd=2Errd");
  CAF_MESSAGE("index.txt is taken");
  CAF_CHECK_EQUAL(path_of("index.txt/b"), "index=2Etxt/b");
  CAF_CHECK_EQUAL(path_of("index.txt"), "index.txt");
  CAF_CHECK_EQUAL(path_of("a/index.txt/b"), "a/index.txt/b");
}

CAF_TEST(long levels and names are refused) {
  CAF_CHECK_EQUAL(path_of(std::string(200, 'x')), std::string(200, 'x'));
  CAF_CHECK_EQUAL(path_of(std::string(201, 'x')),
                  "refused: a level of the name is too long");
  // The escaped level counts: 67 * 3 = 201.
  CAF_CHECK_EQUAL(path_of("a/" + std::string(67, ' ')),
                  "refused: a level of the name is too long");
  std::string deep = "a";
  while (deep.size() + 2 <= max_escaped_path)
    deep += "/a";
  CAF_CHECK_EQUAL(path_of(deep), deep);
  CAF_CHECK_EQUAL(path_of(deep + "/a"), "refused: the name is too long");
  CAF_CHECK_EQUAL(path_of(std::string(65535, '/')),
                  "refused: the name is too long");
}

CAF_TEST(only paths that were made are read back) {
  CAF_CHECK_EQUAL(unescape_path("=2E./a=20b/=").value_or("?"), "../a b/");
  for (auto x : {"", ".a", "a/", "a//b", "=2", "=2e", "=41", "a=", "==", "-a",
                 "a b", "a.rrd", "a=/b", "=GG", "index.txt/b", "=2", ".new/x"})
    CAF_CHECK(!unescape_path(x));
}

CAF_TEST(every name comes back and has a path of its own) {
  auto result = rc::check("round trip", [] {
    auto x = *names();
    auto path = escape_name(x);
    RC_ASSERT(static_cast<bool>(path));
    auto back = unescape_path(*path);
    RC_ASSERT(back && *back == x);
    for (auto c : *path)
      RC_ASSERT(std::isalnum(c) || c == '.' || c == '_' || c == '-' || c == '/'
                || c == '=');
  });
  CAF_CHECK(result);
}

CAF_TEST(no file stands where another name needs a folder) {
  auto result = rc::check("no clash", [] {
    auto x = *rc::gen::container<std::vector<std::string>>(levels());
    auto y = *rc::gen::container<std::vector<std::string>>(levels());
    auto join = [](const std::vector<std::string>& parts) {
      std::string text;
      for (auto& part : parts)
        text += (text.empty() ? "" : "/") + part;
      return text;
    };
    auto a = *escape_name(join(x));
    auto b = *escape_name(join(y));
    RC_ASSERT((join(x) == join(y)) == (a == b));
    for (auto& folder : places(b)) {
      RC_ASSERT(folder != a + ".rrd");
      RC_ASSERT(folder != "index.txt");
    }
  });
  CAF_CHECK(result);
}
