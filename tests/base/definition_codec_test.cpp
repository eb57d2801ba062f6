#define CAF_SUITE definition_codec

#include "actors/base/definition_codec.hpp"
#include "tests/test.hpp"

#include <msgpack.hpp>

using namespace rrdflow;

namespace {

file_definition sample() {
  file_definition x;
  x.step = 60;
  x.lateness = 5;
  source_definition a;
  a.name = "a";
  a.type = source_type::dderive;
  a.sample = slot_sample::count;
  a.fill = gap_fill::none;
  a.heartbeat = 120;
  a.max = 8;
  x.sources = {a, {}};
  x.archives = {{consolidation::last, 0.25, 2, 3}};
  return x;
}

const std::string sample_bytes{
  "\x3c\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\2\0\0\0"
  "\1\0\0\0a\5\5\2\x78\0\0\0\0\0\0\0\0\0\0\0\0\0\xf8\x7f\0\0\0\0\0\0\x20\x40"
  "\5\0\0\0value\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf8\x7f\0\0\0\0\0\0\xf8\x7f"
  "\1\0\0\0\3\0\0\0\0\0\0\xd0\x3f\2\0\0\0\3\0\0\0",
  109};

std::optional<file_definition> unpacked(std::string bytes) {
  bytes.insert(0, 1, static_cast<char>(0x90 | packed_definition_size));
  auto handle = msgpack::unpack(bytes.data(), bytes.size());
  return unpack_definition(handle.get().via.array.ptr);
}

/// What both forms make of a definition.
void check_both(const file_definition& x, bool good) {
  std::string bytes;
  append_definition(x, bytes);
  auto read = read_definition(bytes);
  std::string packed;
  pack_definition(x, packed);
  auto again = unpacked(packed);
  CAF_CHECK_EQUAL(read.has_value(), good);
  CAF_CHECK_EQUAL(again.has_value(), good);
  CAF_CHECK(!read || *read == x);
  CAF_CHECK(!again || *again == x);
}

} // namespace

CAF_TEST(the bytes are those of older stores) {
  std::string bytes;
  append_definition(sample(), bytes);
  CAF_CHECK_EQUAL(bytes, sample_bytes);
  std::string packed;
  pack_definition(sample(), packed);
  const std::string nan{"\xcb\x7f\xf8\0\0\0\0\0\0", 9};
  std::string wanted{"\x3c\x05\x92\x97\xa1\x61\x05\x05\x02\x78"};
  wanted += nan;
  wanted += '\x08'; // A whole number.
  wanted += std::string{"\x97\xa5value\0\0\0\0", 11};
  wanted += nan;
  wanted += nan;
  wanted += "\x91\x94\x03";
  wanted += std::string{"\xcb\x3f\xd0\0\0\0\0\0\0", 9};
  wanted += "\x02\x03";
  CAF_CHECK_EQUAL(packed, wanted);
}

CAF_TEST(a definition comes back from both forms) {
  check_both(sample(), true);
}

CAF_TEST(what no file can have is not read) {
  auto bad = [](auto change) {
    auto x = sample();
    change(x);
    check_both(x, false);
  };
  bad([](file_definition& x) { x.step = 0; });
  bad([](file_definition& x) { x.step = int64_t{1} << 33; });
  bad([](file_definition& x) { x.lateness = -1; });
  bad([](file_definition& x) { x.sources.clear(); });
  bad([](file_definition& x) { x.sources.resize(0x10000); });
  bad([](file_definition& x) { x.sources[0].type = source_type{6}; });
  bad([](file_definition& x) { x.sources[0].sample = slot_sample{6}; });
  bad([](file_definition& x) { x.sources[0].fill = gap_fill{3}; });
  bad([](file_definition& x) { x.archives[0].function = consolidation{4}; });
}

CAF_TEST(bytes that are cut or too many are no definition) {
  for (size_t n = 0; n < sample_bytes.size(); ++n)
    CAF_CHECK(!read_definition(sample_bytes.substr(0, n)));
  CAF_CHECK(!read_definition(sample_bytes + '\0'));
}
