#define CAF_SUITE janitoo_request

#include "actors/janitoo/janitoo_request.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

struct request_fixture {
  std::string read(const std::string& payload) {
    return to_string(reader.read(payload, x));
  }

  /// A request with one more member.
  std::string with(const std::string& member) {
    return read(R"({"cmd_class": 112, "genre": 3, "uuid": "u", )" + member
                + '}');
  }

  janitoo_reader reader;
  janitoo_request x;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(janitoo_request_tests, request_fixture)

CAF_TEST(members are kept as they were sent) {
  CAF_CHECK_EQUAL(with(R"("hadd": "0014/0000", "data": [1, {"a": null}],
                          "reply_hadd": "9999/9990", "odd": "\u00e9\"x")"),
                  "none");
  CAF_CHECK_EQUAL(x.cmd_class, 112);
  CAF_CHECK_EQUAL(x.genre, 3);
  CAF_CHECK_EQUAL(x.hadd, "0014/0000");
  CAF_CHECK_EQUAL(x.reply_hadd, "9999/9990");
  CAF_CHECK_EQUAL(x.fields.text(),
                  R"({"cmd_class": 112, "genre": 3, "uuid": "u", )"
                  R"("hadd": "0014/0000", "data": [1,{"a":null}], )"
                  "\"reply_hadd\": \"9999/9990\", \"odd\": \"\u00e9\\\"x\"}");
}

CAF_TEST(the last of equal members counts) {
  CAF_CHECK_EQUAL(with(R"("genre": 4, "data": "a", "data": 1)"), "none");
  CAF_CHECK_EQUAL(x.genre, 4);
  CAF_CHECK_EQUAL(x.data, "");
  CAF_CHECK_EQUAL(*x.fields.find("data"), "1");
}

CAF_TEST(numbers may be written as Python understands them) {
  CAF_CHECK_EQUAL(with(R"("genre": 4.0)"), "none");
  CAF_CHECK_EQUAL(x.genre, 4);
  for (auto bad : {"4.5", "1e300", "true", "null", "\"4\"", "[4]", "{}"})
    CAF_CHECK_EQUAL(with(std::string{"\"genre\": "} + bad), "fields");
}

CAF_TEST(flags are bools or strings) {
  CAF_CHECK_EQUAL(with(R"("is_writeonly": true, "is_readonly": false)"),
                  "none");
  CAF_CHECK(x.writeonly == true);
  CAF_CHECK(x.readonly == false);
  for (auto no : {"0", "false", "off", "no", "False", "OFF"}) {
    CAF_CHECK_EQUAL(with("\"is_writeonly\": \"" + std::string{no} + '"'),
                    "none");
    CAF_CHECK(x.writeonly == false);
  }
  for (auto yes : {"1", "true", "on", "yes", "x", ""}) {
    CAF_CHECK_EQUAL(with("\"is_writeonly\": \"" + std::string{yes} + '"'),
                    "none");
    CAF_CHECK(x.writeonly == true);
  }
  for (auto bad : {"0", "1", "1.5", "null", "[]", "{}"}) {
    CAF_CHECK_EQUAL(with(std::string{"\"is_writeonly\": "} + bad), "flags");
    CAF_CHECK_EQUAL(with(std::string{"\"is_readonly\": "} + bad), "flags");
  }
  CAF_CHECK_EQUAL(with(R"("x": 1)"), "none");
  CAF_CHECK(!x.writeonly && !x.readonly);
}

CAF_TEST(a reply goes to no address that a broker would refuse) {
  for (auto good : {"\"0111/0000\"", "null", "\"a-b_c.d\""})
    CAF_CHECK_EQUAL(with(std::string{"\"reply_hadd\": "} + good), "none");
  for (auto bad : {"\"#\"", "\"a/+\"", "\"\"", "\"\\u0000\"", "7", "true",
                   "[\"0111/0000\"]", "\"a b\""})
    CAF_CHECK_EQUAL(with(std::string{"\"reply_hadd\": "} + bad), "fields");
  CAF_CHECK_EQUAL(with("\"reply_hadd\": \"" + std::string(65, 'a') + '"'),
                  "fields");
}

CAF_TEST(what is missing is named) {
  for (auto bad :
       {R"({"genre": 3, "uuid": "u"})", R"({"cmd_class": 1, "uuid": "u"})",
        R"({"cmd_class": 1, "genre": 3})", "{}"})
    CAF_CHECK_EQUAL(read(bad), "fields");
  for (auto bad : {"\"uuid\": 1", "\"uuid\": null", "\"hadd\": 14",
                   "\"hadd\": [\"0014/0000\"]"})
    CAF_CHECK_EQUAL(with(bad), "fields");
}

CAF_TEST(what is no object is no request) {
  for (auto bad : {"", " ", "ONLINE", "[]", "3", "null", "\"x\"", "{", "{}x",
                   "{\"a\": nan}", "{'a': 1}", "{\"a\": \"\xff\"}"})
    CAF_CHECK_EQUAL(read(bad), "json");
  CAF_MESSAGE("the reader is as good as new");
  CAF_CHECK_EQUAL(with("\"x\": 1"), "none");
}

CAF_TEST(large and deep texts cost little) {
  std::string deep(500000, '[');
  CAF_CHECK_EQUAL(read(deep), "json");
  CAF_CHECK_EQUAL(with("\"data\": " + deep + std::string(500000, ']')), "json");
  CAF_CHECK_EQUAL(
    with("\"data\": " + std::string(40, '[') + std::string(40, ']')), "json");
  CAF_CHECK_EQUAL(
    with("\"data\": " + std::string(20, '[') + std::string(20, ']')), "none");
  CAF_CHECK_EQUAL(with("\"data\": \"" + std::string(1000000, 'x') + '"'),
                  "none");
  std::string many;
  for (auto i = 0; i < 1000; ++i)
    many += "\"m" + std::to_string(i) + "\": 1, ";
  CAF_CHECK_EQUAL(with(many + "\"x\": 1"), "fields");
  CAF_CHECK_EQUAL(with("\"data\": " + std::string(400, '9')), "json");
}

CAF_TEST_FIXTURE_SCOPE_END()
