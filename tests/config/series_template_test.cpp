#define CAF_SUITE series_template

#include "config/series_template.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

std::string
name(std::string_view text, std::string_view topic, std::string_view path) {
  series_template x{std::string{text}};
  return x.mistake.empty() ? x.expand(topic, path) : "error";
}

} // namespace

CAF_TEST(templates take topic and path apart) {
  CAF_CHECK_EQUAL(name("{topic}/{path}", "a/b", "c/d"), "a/b/c/d");
  CAF_CHECK_EQUAL(name("{0}.{1}", "a/b/c", "x"), "a.b");
  CAF_CHECK_EQUAL(name("x/{1..}", "a/b/c", ""), "x/b/c");
  CAF_CHECK_EQUAL(name("{0..}", "a/b", ""), "a/b");
  CAF_CHECK_EQUAL(name("plant", "a/b", "x"), "plant");
  CAF_CHECK_EQUAL(name("{11}", "0/1/2/3/4/5/6/7/8/9/10/eleven", ""), "eleven");
}

CAF_TEST(a slash in front makes an empty first level) {
  CAF_CHECK_EQUAL(name("x{0}", "/a", ""), "x");
  CAF_CHECK_EQUAL(name("{1}", "/a", ""), "a");
  CAF_CHECK_EQUAL(name("{1..}", "/a/b", ""), "a/b");
}

CAF_TEST(an empty path goes with its slash) {
  CAF_CHECK_EQUAL(name("{topic}/{path}", "a/b", ""), "a/b");
  CAF_CHECK_EQUAL(name("{path}/{topic}", "a/b", ""), "a/b");
  CAF_CHECK_EQUAL(name("x/{path}/y", "a", ""), "x/y");
  CAF_CHECK_EQUAL(name("x{path}", "a", ""), "x");
  CAF_CHECK_EQUAL(name("{path}", "a", ""), "");
}

CAF_TEST(a level that the topic lacks gives no name) {
  CAF_CHECK_EQUAL(name("{2}", "a/b", "x"), "");
  CAF_CHECK_EQUAL(name("a/{2..}/b", "a/b", "x"), "");
  CAF_CHECK_EQUAL(name("{1}", "a/", "x"), "");
}

CAF_TEST(fields of the payload are part of a name) {
  series_template x{"{topic}/{field:model}/{field:a/id}-{field:model}/{path}"};
  CAF_CHECK_EQUAL(x.mistake, "");
  CAF_CHECK_EQUAL(x.fields(), (std::vector<std::string>{"model", "a/id"}));
  CAF_CHECK_EQUAL(x.expand("t", "v", {"M", "17"}), "t/M/17-M/v");
  CAF_CHECK_EQUAL(x.expand("t", "", {"M", ""}), "t/M/-M");
  CAF_MESSAGE("without their values there is no name");
  CAF_CHECK_EQUAL(x.expand("t", "v", {"M"}), "");
  CAF_CHECK_EQUAL(x.expand("t", "v"), "");
  CAF_CHECK(series_template{"{topic}"}.fields().empty());
  for (auto text : {"{field:}", "{field}", "{field:a", "{fields:a}"})
    CAF_CHECK_EQUAL(name(text, "a", "b"), "error");
}

CAF_TEST(a template is given further fields) {
  auto with = [](const char* text) {
    return series_template{text}.with_fields({"model", "id"});
  };
  CAF_CHECK_EQUAL(with("{topic}/{path}"),
                  "{topic}/{field:model}/{field:id}/{path}");
  CAF_CHECK_EQUAL(with("{path}"), "{field:model}/{field:id}/{path}");
  CAF_CHECK_EQUAL(with("x"), "x/{field:model}/{field:id}");
}

CAF_TEST(mistakes in templates are found) {
  for (auto text : {"", "{", "{}", "{x}", "a}", "{1", "{1.}", "{1...}", "{-1}",
                    "{1..2}", "{path}}", "{99999999999}", "{{0}}", "{..}",
                    "a{b", "{99999}", "{Topic}"})
    CAF_CHECK_EQUAL(name(text, "a", "b"), "error");
}

CAF_TEST(a template says what it uses) {
  series_template x{"a/{1}/{3..}/{path}"};
  CAF_CHECK_EQUAL(x.mistake, "");
  CAF_CHECK(x.uses_path());
  CAF_CHECK(!x.uses_level(0) && x.uses_level(1) && !x.uses_level(2));
  CAF_CHECK(x.uses_level(3) && x.uses_tail(3) && !x.uses_tail(2));
  CAF_CHECK_EQUAL(x.needed_levels(), 4u);
  CAF_CHECK(series_template{"{topic}"}.uses_tail(0));
  CAF_CHECK(!series_template{"{topic}"}.uses_path());
}
