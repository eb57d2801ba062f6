#include "messages/error.hpp"

#include <caf/deep_to_string.hpp>

#include <cerrno>

namespace rrdflow {

const char* to_string(ec x) {
  switch (x) {
    case ec::none:
      return "none";
    case ec::io_failed:
      return "input or output failed";
    case ec::disk_full:
      return "disk full";
    case ec::damaged:
      return "damaged";
    case ec::bad_config:
      return "bad configuration";
    case ec::bad_request:
      return "bad request";
    case ec::not_found:
      return "not found";
    case ec::too_large:
      return "too large";
    case ec::store_locked:
      return "store locked";
    case ec::rrd_failed:
      return "librrd failed";
    case ec::shutting_down:
      return "shutting down";
    case ec::exception:
      return "an exception";
    case ec::record_failed:
      return "a record failed";
    case ec::out_of_memory:
      return "out of memory";
  }
  return "unknown error";
}

ec write_error(int reason) {
  return reason == ENOSPC || reason == EDQUOT || reason == EFBIG
           ? ec::disk_full
           : ec::io_failed;
}

std::string explain(const caf::error& x) {
  if (!x)
    return "no error";
  if (x.context().match_elements<std::string>())
    return x.context().get_as<std::string>(0);
  if (x.category() == caf::atom("rrdflow"))
    return to_string(static_cast<ec>(x.code()));
  return "error " + std::to_string(x.code()) + " of "
         + caf::to_string(x.category());
}

} // namespace rrdflow
