#include "messages/catalog_values.hpp"

namespace rrdflow {

const char* to_string(refusal x) {
  switch (x) {
    case refusal::none:
      return "none";
    case refusal::collision:
      return "collision";
    case refusal::limit:
      return "limit";
    case refusal::name:
      return "name";
    case refusal::file:
      return "file";
  }
  return "unknown";
}

} // namespace rrdflow
