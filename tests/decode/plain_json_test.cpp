#define CAF_SUITE plain_json

#include "actors/decode/formats/json_document.hpp"
#include "actors/decode/formats/number.hpp"
#include "tests/test.hpp"

#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace rrdflow;

namespace {

std::string show(const field_list& xs) {
  std::string result;
  for (auto& x : xs) {
    result += std::string{xs.path(x)} + (x.overlong ? "!" : "") + "="
              + std::to_string(static_cast<int>(x.value.kind)) + ":"
              + (x.value.kind == scalar_kind::text
                   ? std::string{x.value.text}
                   : std::to_string(x.value.kind == scalar_kind::boolean
                                      ? uint64_t{x.value.boolean}
                                      : x.value.natural))
              + "@" + std::to_string(x.priority) + "\n";
  }
  return result;
}

struct both_readers {
  /// Nothing if the text is not plain.
  std::optional<std::string> plain(std::string_view text) {
    fields.clear();
    if (!read_plain_json(text, path, fields))
      return std::nullopt;
    return show(fields);
  }

  /// Nothing if the text is no JSON. An array, of which nothing is listed, has
  /// the other reader read it.
  std::optional<std::string> thorough(std::string text) {
    auto first = text.find('{') + 1;
    auto next = text.find_first_not_of(" \t\r\n", first);
    auto empty = next != std::string::npos && text[next] == '}';
    text.insert(first, empty ? "\"!\":[]" : "\"!\":[],");
    if (reader.read(payload_format::json, "a/b", text, 0)
        != read_status::fields)
      return std::nullopt;
    return show(reader.fields());
  }

  field_list fields;
  std::string path;
  payload_reader reader;
};

/// Writes objects, most of them plain, with white space here and there.
struct json_maker {
  size_t below(size_t n) {
    return random() % n;
  }

  std::string pick(const std::vector<std::string>& xs) {
    return xs[below(xs.size())];
  }

  std::string space() {
    return below(8) == 0 ? pick({" ", "\n", "\t ", "\r\n"}) : "";
  }

  std::string value(int depth) {
    switch (below(12)) {
      case 0:
        return pick({"true", "false", "null", "\"ON\"", "\"\"", "\"a b/c\""});
      case 1:
        return pick({"\"\\u0041\"", "\"\xc3\xa9\"", "[1,2]", "[]", "1e3", "-0",
                     "0", "-0.0", "NaN", "12345678901234567890",
                     "0.1234567890123456789", "\"\x7f\"", "01", "1.",
                     "9007199254740993.0", "123456789012345678"});
      case 2:
        return depth < 10 ? object(depth + 1) : "{}";
      case 3:
        return std::to_string(random() % 100000);
      default: {
        auto x = std::to_string(random() % 1000000);
        x.insert(below(x.size()) + 1, ".");
        return (below(4) == 0 ? "-" : "") + x + (x.back() == '.' ? "0" : "");
      }
    }
  }

  std::string object(int depth = 0) {
    std::string result = "{" + space();
    auto n = below(6);
    for (size_t i = 0; i < n; ++i)
      result += (i > 0 ? "," : "") + space() + "\""
                + pick({"a", "battery", "temperature", "time", "", "ts", "x/y",
                        "linkquality", "\xc3\xa9", "ENERGY"})
                + "\"" + space() + ":" + space() + value(depth) + space();
    return result + "}";
  }

  std::mt19937_64 random{5};
};

} // namespace

CAF_TEST(what is read as plain is what the thorough reader reads) {
  both_readers uut;
  json_maker make;
  size_t plain = 0;
  for (auto i = 0; i < 30000; ++i) {
    auto text = make.object();
    // The same keys again and again, as devices send them.
    for (auto again = 0; again < 2; ++again) {
      auto x = uut.plain(text);
      if (x) {
        ++plain;
        CAF_REQUIRE_EQUAL(x, uut.thorough(text));
      }
    }
  }
  CAF_CHECK(plain > 10000);
}

CAF_TEST(broken objects are never taken for plain ones) {
  both_readers uut;
  json_maker make;
  for (auto i = 0; i < 30000; ++i) {
    auto text = make.object();
    for (auto n = make.below(3) + 1; n > 0; --n) {
      auto at = make.below(text.size());
      switch (make.below(3)) {
        case 0:
          text.erase(at, make.below(3) + 1);
          break;
        case 1:
          text.insert(at, 1, "{}[]:,\" 01-.tn\n\\x"[make.below(18)]);
          break;
        default:
          text[at] = static_cast<char>(make.below(256));
      }
      if (text.empty())
        text = "{";
    }
    if (auto x = uut.plain(text))
      CAF_REQUIRE_EQUAL(x, uut.thorough(text));
  }
}

CAF_TEST(the usual payloads are plain) {
  both_readers uut;
  for (auto text : {
         R"({"battery":100,"linkquality":136,"temperature":25.5})",
         R"({ "a" : -1.5 , "b" : { "c" : "ON", "d" : {} } , "e" : null })",
         R"({"Time":"2023-11-14T22:13:20","ENERGY":{"Total":6.294},"x":true})",
         "{}",
       }) {
    CAF_CHECK(uut.plain(text));
    CAF_CHECK_EQUAL(uut.plain(text), uut.thorough(text));
  }
  for (auto text : {R"({"a":1)", R"({"a":1}})", R"({"a":01})", R"({"a":1,})",
                    R"({"a":1e3})", R"({"a":[1]})", R"({"a":"\n"})", "[]", "1"})
    CAF_CHECK(!uut.plain(text));
}

CAF_TEST(a key is remembered with all of its bytes) {
  both_readers uut;
  CAF_CHECK(uut.plain(R"({"ab":1,"c":2})"));
  for (auto text : {R"({"a":1,"c":2})", R"({"abc":1,"c":2})",
                    R"({"ab":1,"cd":2})", R"({"ab":1})", R"({"ts":1,"ab":2})",
                    R"({"ab":1,"ts":2})", R"({"ab")", R"({"ab)"})
    CAF_CHECK_EQUAL(uut.plain(text), uut.thorough(text));
}

CAF_TEST(decimals are rounded as the library rounds them) {
  std::mt19937_64 random{3};
  size_t read = 0;
  for (auto i = 0; i < 200000; ++i) {
    auto text = std::to_string(random() >> (random() % 64));
    if (random() % 3 > 0)
      text.insert(random() % text.size() + 1, ".");
    if (random() % 4 == 0)
      text.insert(0, "-");
    scalar x;
    auto end = text.data() + text.size();
    if (read_decimal(text.data(), end, x) != end)
      continue;
    ++read;
    if (x.kind == scalar_kind::real) {
      auto y = std::strtod(text.c_str(), nullptr);
      CAF_REQUIRE(std::memcmp(&y, &x.real, sizeof(y)) == 0);
    } else {
      CAF_REQUIRE_EQUAL(x.integer, std::strtoll(text.c_str(), nullptr, 10));
    }
  }
  CAF_CHECK(read > 100000);
}
