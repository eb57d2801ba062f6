#include "actors/journal/request_book.hpp"

#include <string>
#include <utility>

namespace rrdflow {

void request_book::open(uint64_t number) {
  xs_.emplace(number, entry{});
}

std::optional<request_outcome>
request_book::done(uint64_t number, uint32_t shares, request_outcome outcome) {
  auto i = xs_.find(number);
  if (i == xs_.end())
    return std::nullopt;
  auto& x = i->second;
  x.sum.rows += outcome.rows;
  x.sum.files += outcome.files;
  for (auto& failure : outcome.failures) {
    if (x.sum.failures.size() < max_failures)
      x.sum.failures.push_back(std::move(failure));
    else
      ++x.unnamed;
  }
  if (++x.shares < shares)
    return std::nullopt;
  if (x.unnamed > 0)
    x.sum.failures.push_back("and " + std::to_string(x.unnamed) + " more");
  auto result = std::move(x.sum);
  xs_.erase(i);
  return result;
}

} // namespace rrdflow
