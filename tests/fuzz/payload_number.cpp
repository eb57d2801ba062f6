#include "actors/decode/formats/number.hpp"
#include "tests/fuzz/payload.hpp"

#include <cstdlib>

using namespace rrdflow;

namespace {

/// Another reader of numbers says the same.
void check_number(std::string_view payload) {
  scalar x;
  if (!parse_number(payload, x))
    return;
  std::string text{trimmed(payload)};
  char* end = nullptr;
  auto expected = std::strtold(text.c_str(), &end);
  fuzz::require(end == text.c_str() + text.size(), "all of it is a number");
  switch (x.kind) {
    case scalar_kind::integer:
      return fuzz::require(expected == static_cast<long double>(x.integer),
                           "the same integer");
    case scalar_kind::natural:
      return fuzz::require(expected == static_cast<long double>(x.natural),
                           "the same natural number");
    case scalar_kind::real:
      return fuzz::require(x.real == std::strtod(text.c_str(), nullptr),
                           "the same number");
    default:
      fuzz::require(x.kind == scalar_kind::beyond, "a number");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static fuzz::payload_bench bench{"number"};
  auto payload = fuzz::text_of(data, size);
  fuzz::take_byte(payload);
  fuzz::take_line(payload);
  check_number(payload);
  return bench.run(data, size);
}
