#include "actors/decode/remarks.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

remark_list::remark_list(metric_registry* registry)
  : identities_{registry,
                {"changing_identities_total",
                 "Topics on which one series got values of several devices."}},
    decimals_{registry,
              {"integer_series_with_decimals_total",
               "Series of type COUNTER or DERIVE that got decimals."}} {
  // nop
}

void remark_list::add_once(remark x) {
  (x.kind == remark_kind::identity ? identities_ : decimals_).add();
  add(x.kind, x.arrival, x.topic, [&] { return x.text; });
  if (kept_.size() == max_kept)
    kept_.pop_front();
  kept_.push_back(std::move(x));
}

std::optional<remark> remark_list::take(remark_kind kind, uint64_t& count) {
  auto& x = waiting_[static_cast<size_t>(kind)];
  count = std::exchange(x.count, 0);
  any_ = std::any_of(waiting_.begin(), waiting_.end(),
                     [](auto& y) { return y.count > 0; });
  if (count == 0)
    return std::nullopt;
  return std::move(x.first);
}

} // namespace rrdflow
