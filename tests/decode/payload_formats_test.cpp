#define CAF_SUITE payload_formats

#include "actors/decode/formats/format_table.hpp"
#include "actors/decode/formats/number.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

std::string show(const scalar& x) {
  switch (x.kind) {
    case scalar_kind::none:
      return "none";
    case scalar_kind::unknown:
      return "unknown";
    case scalar_kind::boolean:
      return x.boolean ? "true" : "false";
    case scalar_kind::integer:
      return "i" + std::to_string(x.integer);
    case scalar_kind::natural:
      return "n" + std::to_string(x.natural);
    case scalar_kind::real: {
      char buffer[40];
      std::snprintf(buffer, sizeof(buffer), "r%.17g", x.real);
      return buffer;
    }
    case scalar_kind::text:
      return "'" + std::string{x.text} + "'";
    case scalar_kind::beyond:
      return "beyond";
  }
  return "?";
}

std::string number(std::string_view text) {
  scalar x;
  return parse_number(text, x) ? show(x) : "refused";
}

struct fixture {
  std::string read(payload_format format, std::string_view payload,
                   std::string_view topic = "a/b") {
    switch (uut.read(format, topic, payload, 0)) {
      case read_status::empty:
        return "empty";
      case read_status::broken:
        return "broken json";
      case read_status::too_deep:
        return "broken depth";
      case read_status::foreign:
        return "foreign";
      case read_status::fields:
        break;
    }
    std::string result;
    for (auto& x : uut.fields()) {
      if (!result.empty())
        result += ' ';
      result += std::string{uut.fields().path(x)} + "=" + show(x.value);
    }
    return result;
  }

  std::string json(std::string_view payload) {
    return read(payload_format::json, payload);
  }

  std::string automatic(std::string_view payload) {
    return read(payload_format::automatic, payload);
  }

  payload_reader uut;
};

std::string nested(size_t depth) {
  std::string result;
  for (size_t i = 0; i < depth; ++i)
    result += "{\"a\":";
  result += '1';
  return result + std::string(depth, '}');
}

} // namespace

CAF_TEST(numbers are read whole or not at all) {
  CAF_CHECK_EQUAL(number("21.5"), "r21.5");
  CAF_CHECK_EQUAL(number(" 21.5\n"), "r21.5");
  CAF_CHECK_EQUAL(number("-3"), "i-3");
  CAF_CHECK_EQUAL(number("007"), "n7");
  CAF_CHECK_EQUAL(number("1e3"), "r1000");
  CAF_CHECK_EQUAL(number("-1.5E-2"), "r-0.014999999999999999");
  CAF_CHECK_EQUAL(number("9223372036854775807"), "n9223372036854775807");
  CAF_CHECK_EQUAL(number("18446744073709551615"), "n18446744073709551615");
  CAF_CHECK_EQUAL(number("18446744073709551616"), "r1.8446744073709552e+19");
  CAF_CHECK_EQUAL(number("-9223372036854775808"), "i-9223372036854775808");
  CAF_CHECK_EQUAL(number("1e999"), "beyond");
  for (auto text : {"",         " ",
                    "21,5",     "0x10",
                    "+1",       "nan",
                    "NaN",      "inf",
                    "infinity", "-inf",
                    "1 2",      "21.5 C",
                    "1e",       "1e+",
                    "--1",      "1-2",
                    "1.2.3",    "e5",
                    "-",        ".",
                    "1_000",    "\xd9\xa1\xd9\xa2",
                    "12abc",    "5-3",
                    "1+1",      "1e999-5",
                    "1e999e1",  "99999999999999999999-5"})
    CAF_CHECK_EQUAL(number(text), "refused");
}

CAF_TEST(values fit their type or are refused) {
  auto bits = [](const scalar& x, double scale, source_type type) {
    auto result = convert(x, scale, type);
    return result ? std::to_string(result->bits) : "refused";
  };
  auto counter = source_type::counter;
  auto derive = source_type::derive;
  CAF_CHECK_EQUAL(bits(scalar::of(6.2944), 1000, counter), "6294");
  CAF_CHECK_EQUAL(bits(scalar::of(6.2946), 1000, counter), "6295");
  CAF_CHECK_EQUAL(bits(scalar::of(int64_t{-1}), 1, counter), "refused");
  CAF_CHECK_EQUAL(bits(scalar::of(-0.4), 1, counter), "0");
  CAF_MESSAGE("what a double cannot hold stays exact");
  CAF_CHECK_EQUAL(bits(scalar::of(int64_t{9007199254740993}), 1, counter),
                  "9007199254740993");
  CAF_CHECK_EQUAL(bits(scalar::of(int64_t{9007199254740993}), 1000, counter),
                  "9007199254740993000");
  CAF_CHECK_EQUAL(bits(scalar::of(~uint64_t{0}), 1, counter),
                  "18446744073709551615");
  CAF_CHECK_EQUAL(bits(scalar::of(~uint64_t{0}), 2, counter), "refused");
  CAF_CHECK_EQUAL(bits(scalar::of(~uint64_t{0}), 1, derive), "refused");
  CAF_CHECK_EQUAL(bits(scalar::of(1e30), 1, derive), "refused");
  auto derived = convert(scalar::of(int64_t{-5}), 1, derive);
  CAF_REQUIRE(derived);
  CAF_CHECK_EQUAL(derived->bits, static_cast<uint64_t>(-5));
  CAF_CHECK_EQUAL(convert(scalar::of(21.7), 1, source_type::gauge)->as_double(),
                  21.7);
  CAF_CHECK_EQUAL(bits(scalar::of(1e308), 10, source_type::gauge), "refused");
  CAF_CHECK_EQUAL(bits(scalar::beyond(), 1, source_type::gauge), "refused");
}

CAF_TEST_FIXTURE_SCOPE(payload_formats_tests, fixture)

CAF_TEST(JSON gives every field) {
  CAF_CHECK_EQUAL(json(R"({"a":1,"b":{"c":-2,"d":{"e":2.5}},"f":true})"),
                  "a=n1 b/c=i-2 b/d/e=r2.5 f=true");
  CAF_CHECK_EQUAL(json(R"({"a":[1,2,{"b":3}],"c":null,"d":"x","e":{}})"),
                  "a/0=n1 a/1=n2 a/b=n3 c=unknown d='x'");
  CAF_CHECK_EQUAL(json("21.5"), "=r21.5");
  CAF_CHECK_EQUAL(json(" \"on\" "), "='on'");
  CAF_CHECK_EQUAL(json("[1,2]"), "0=n1 1=n2");
  CAF_CHECK_EQUAL(json("[]"), "");
  CAF_CHECK_EQUAL(json("{}"), "");
  CAF_CHECK_EQUAL(json(R"({"":1,"a":{"":2}})"), "=n1 a/=n2");
  CAF_CHECK_EQUAL(json(R"({"":{"a":1}})"), "/a=n1");
  CAF_CHECK_EQUAL(json(R"({"n":18446744073709551615})"),
                  "n=n18446744073709551615");
}

CAF_TEST(JSON that is broken is refused whole) {
  for (auto text :
       {"{", "{\"a\":1", "{\"a\":1}}", "{'a':1}", "[1,", "nul", "{\"a\":1,}",
        "{\"a\":01}", "{\"a\":\"\xff\"}", "1 2", "{\"a\":+1}", "{\"a\":.5}"})
    CAF_CHECK_EQUAL(json(text), "broken json");
  CAF_CHECK_EQUAL(json(""), "empty");
  CAF_CHECK_EQUAL(json(" \n"), "empty");
}

CAF_TEST(JSON is read to a depth of sixteen) {
  CAF_CHECK_EQUAL(json(nested(16)).substr(0, 4), "a/a/");
  CAF_CHECK_EQUAL(json(nested(17)), "broken depth");
  CAF_CHECK_EQUAL(json(nested(100000)), "broken depth");
  CAF_CHECK_EQUAL(json(std::string(100000, '[')), "broken json");
  CAF_CHECK_EQUAL(json(std::string(20, '[') + std::string(20, ']')),
                  "broken depth");
  CAF_CHECK_EQUAL(json("{\"a\":1}"), "a=n1");
}

CAF_TEST(one bad number does not spoil the other fields) {
  CAF_CHECK_EQUAL(json(R"({"a":1e999,"b":2})"), "a=beyond b=n2");
  CAF_CHECK_EQUAL(json(R"({"a":99999999999999999999999999,"b":2})"),
                  "a=beyond b=n2");
  CAF_CHECK_EQUAL(json(R"({"a":NaN,"b":-Infinity,"c":Infinity,"d":2})"),
                  "a=unknown b=unknown c=unknown d=n2");
  CAF_CHECK_EQUAL(json(R"({"a\"NaN":1,"b":"NaN","c":NaN})"),
                  "a\"NaN=n1 b='NaN' c=unknown");
}

CAF_TEST(no text is taken for a number that does not fit) {
  CAF_CHECK_EQUAL(json(R"({"a":"\u007f\u007f"})"), "a='\x7f\x7f'");
  CAF_CHECK_EQUAL(json("{\"a\":\"\x7f\x7f\"}"), "a='\x7f\x7f'");
  CAF_MESSAGE("nor beside such a number");
  for (auto byte = 0x20; byte < 0x80; ++byte) {
    auto c = static_cast<char>(byte);
    char escaped[8];
    std::snprintf(escaped, sizeof(escaped), "\\u%04x", byte);
    std::string text = escaped;
    CAF_CHECK_EQUAL(json("{\"a\":\"" + text + text + "\",\"b\":1e999}"),
                    std::string{"a='"} + c + c + "' b=beyond");
    if (c != '"' && c != '\\')
      CAF_CHECK_EQUAL(json(std::string{"{\"a\":\""} + c + "\",\"b\":1e999}"),
                      std::string{"a='"} + c + "' b=beyond");
  }
}

CAF_TEST(paths that could be no names are marked) {
  auto text = "{\"" + std::string(60000, 'x') + "\":{\"a\":1,\"b\":2},\"c\":3}";
  CAF_REQUIRE(uut.read(payload_format::json, "a", text, 0)
              == read_status::fields);
  CAF_REQUIRE_EQUAL(uut.fields().size(), 3u);
  CAF_CHECK(uut.fields()[0].overlong);
  CAF_CHECK(uut.fields()[1].overlong);
  CAF_CHECK_EQUAL(uut.fields().path(uut.fields()[2]), "c");
}

CAF_TEST(auto takes JSON by its looks and all else for a number or word) {
  CAF_CHECK_EQUAL(automatic("{\"a\":1}"), "a=n1");
  CAF_CHECK_EQUAL(automatic("{broken"), "broken json");
  CAF_CHECK_EQUAL(automatic("[1"), "broken json");
  CAF_CHECK_EQUAL(automatic("21.5"), "=r21.5");
  CAF_CHECK_EQUAL(automatic("21,5"), "='21,5'");
  CAF_CHECK_EQUAL(automatic(" ON\n"), "='ON'");
  CAF_CHECK_EQUAL(automatic("\"on\""), "='on'");
  CAF_CHECK_EQUAL(automatic("\"half"), "='\"half'");
  CAF_CHECK_EQUAL(automatic("true"), "='true'");
  CAF_CHECK_EQUAL(automatic(""), "empty");
}

CAF_TEST_FIXTURE_SCOPE_END()
