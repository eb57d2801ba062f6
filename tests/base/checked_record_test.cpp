#define CAF_SUITE checked_record

#include "actors/base/checked_record.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

/// Length and checksum in front, as in the undo logs.
constexpr record_layout outer = {12, 8, 0, 8, 100};

/// A byte before them, the payload alone is checked, as in the catalog.
constexpr record_layout inner = {13, 1, 5, 13, 100};

std::string
record(const record_layout& layout, const std::string& payload, uint64_t seed) {
  std::string result(layout.header, 'h');
  result += payload;
  seal_record(layout, result, 0, seed);
  return result;
}

std::optional<std::string_view>
payload_of(const record_layout& layout, std::string_view bytes, uint64_t seed) {
  return payload_at(layout, bytes, [=](const char*) { return seed; });
}

} // namespace

CAF_TEST(bytes come back in the order in which they were written) {
  std::string bytes;
  byte_writer out{bytes};
  out.number(uint16_t{0x1234});
  out.text("text");
  out.number(-1.5);
  CAF_CHECK_EQUAL(bytes.substr(0, 6), (std::string{"\x34\x12\4\0\0\0", 6}));
  byte_reader in{bytes};
  CAF_CHECK_EQUAL(in.number<uint16_t>(), 0x1234);
  CAF_CHECK_EQUAL(in.text(), "text");
  CAF_CHECK(!in.done());
  CAF_CHECK_EQUAL(in.number<double>(), -1.5);
  CAF_CHECK(in.done());
  CAF_CHECK_EQUAL(in.number<uint8_t>(), 0);
  CAF_CHECK(!in.good());
}

CAF_TEST(a text that is longer than its bytes is none) {
  std::string bytes;
  byte_writer{bytes}.number(uint32_t{2});
  byte_reader in{bytes + "x"};
  CAF_CHECK(in.text().empty());
  CAF_CHECK(!in.good());
  CAF_CHECK_EQUAL(in.number<uint8_t>(), 0);
}

CAF_TEST(a record is sound only whole and under its seed) {
  for (auto& layout : {outer, inner}) {
    auto whole = record(layout, "payload", 7);
    auto more = whole + "more";
    CAF_CHECK(payload_of(layout, more, 7) == "payload");
    CAF_CHECK(!payload_of(layout, whole, 8));
    for (size_t n = 0; n < whole.size(); ++n) {
      CAF_CHECK(!payload_of(layout, std::string_view{whole}.substr(0, n), 7));
      auto broken = whole;
      broken[n] = static_cast<char>(broken[n] ^ 1);
      auto checked = n >= layout.checked_from
                     || (n >= layout.check_at && n < layout.check_at + 8)
                     || (n >= layout.length_at && n < layout.length_at + 4);
      CAF_CHECK_EQUAL(payload_of(layout, broken, 7).has_value(), !checked);
    }
  }
}

CAF_TEST(a payload above the limit is none) {
  CAF_CHECK(payload_of(outer, record(outer, std::string(100, 'x'), 1), 1));
  CAF_CHECK(!payload_of(outer, record(outer, std::string(101, 'x'), 1), 1));
}

CAF_TEST(damage is passed over) {
  auto bytes = "damage" + record(inner, "a", 1) + "more damage";
  auto is_record = [&](size_t at) {
    return payload_of(inner, std::string_view{bytes}.substr(at), 1).has_value();
  };
  CAF_CHECK_EQUAL(find_record(0, bytes.size(), 1, is_record), 6u);
  CAF_CHECK_EQUAL(find_record(7, bytes.size(), 1, is_record), bytes.size());
  CAF_CHECK_EQUAL(find_record(0, bytes.size(), 3, is_record), 6u);
  CAF_CHECK_EQUAL(find_record(0, bytes.size(), 4, is_record), bytes.size());
  CAF_CHECK_EQUAL(find_record(0, 6, 1, is_record), 6u);
}
