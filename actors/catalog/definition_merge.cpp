#include "actors/catalog/definition_merge.hpp"

#include <algorithm>

namespace rrdflow {

file_definition
merge_definitions(const file_definition& own, const file_definition& wanted) {
  auto result = own;
  result.lateness = wanted.lateness;
  for (auto& source : result.sources) {
    auto i = index_of_source(wanted, source.name);
    if (i < 0 || wanted.sources[static_cast<size_t>(i)].type != source.type)
      continue;
    source = wanted.sources[static_cast<size_t>(i)];
    source.heartbeat = std::max(source.heartbeat, own.step);
  }
  return result;
}

bool definitions_differ(const file_definition& own,
                        const file_definition& wanted) {
  return own.step != wanted.step || !(own.archives == wanted.archives);
}

bool same_shape(const file_definition& x, const file_definition& y) {
  return x.step == y.step
         && std::equal(x.sources.begin(), x.sources.end(), y.sources.begin(),
                       y.sources.end(), [](auto& a, auto& b) {
                         return a.name == b.name && a.type == b.type;
                       });
}

int index_of_source(const file_definition& x, const std::string& name) {
  for (size_t i = 0; i < x.sources.size(); ++i)
    if (x.sources[i].name == name)
      return static_cast<int>(i);
  return -1;
}

} // namespace rrdflow
