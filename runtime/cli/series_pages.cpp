#include "runtime/cli/series_pages.hpp"

#include <simdjson.h>

#include <limits>

namespace rrdflow {

namespace {

using namespace simdjson;

constexpr size_t page_size = 1000;

bool read_page(const std::string& body, std::vector<listed_series>& page) {
  dom::parser parser;
  dom::array list;
  if (parser.parse(body).get(list) != SUCCESS)
    return false;
  for (auto item : list) {
    listed_series x;
    std::string_view name;
    if (item["name"].get(name) != SUCCESS)
      return false;
    x.name = name;
    if (item["alive"].get(x.alive) != SUCCESS)
      x.alive = true;
    if (item["value"].get(x.value) != SUCCESS)
      x.value = std::numeric_limits<double>::quiet_NaN();
    if (item["age"].get(x.age) != SUCCESS)
      x.age = -1;
    page.push_back(std::move(x));
  }
  return true;
}

} // namespace

bool for_each_page(
  asker& service, const std::string& pattern,
  const std::function<bool(const std::vector<listed_series>&)>& next) {
  std::string after;
  while (true) {
    auto body
      = service.get("/api/v1/series", {{"query", pattern},
                                       {"limit", std::to_string(page_size)},
                                       {"after", after}});
    if (!body)
      return false;
    std::vector<listed_series> page;
    if (!read_page(*body, page)
        || (!page.empty() && page.back().name == after)) {
      service.fail(exit_software, "the service's list makes no sense");
      return false;
    }
    if (page.empty() || !next(page) || page.size() < page_size)
      return true;
    after = page.back().name;
  }
}

} // namespace rrdflow
