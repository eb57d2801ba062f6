#include "tests/fuzz/payload.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static rrdflow::fuzz::payload_bench bench{"auto"};
  return bench.run(data, size);
}
