#include "config/file_size.hpp"

namespace rrdflow {

// The structs of librrd's rrd_format.h, on a 64-bit machine: stat_head 128,
// ds_def 120, rra_def 120, live_head 16, pdp_prep 112, cdp_prep 80, rra_ptr 8.
uint64_t rrd_file_size(const file_definition& x) {
  uint64_t sources = x.sources.size();
  uint64_t archives = x.archives.size();
  auto result
    = 128 + 16 + sources * (120 + 112) + archives * (120 + 8 + sources * 80);
  for (auto& archive : x.archives)
    result += uint64_t{archive.rows} * sources * 8;
  return result;
}

} // namespace rrdflow
