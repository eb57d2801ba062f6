#include "runtime/service/verdicts.hpp"

#include "actors/base/printable.hpp"
#include "messages/error.hpp"

#include <spdlog/spdlog.h>

namespace rrdflow {

void remember_verdicts(flow_parts& parts) {
  for (auto& bytes : parts.log->verdicts()) {
    dead_record x;
    if (unpack(bytes, x))
      parts.condemned.emplace(x.at, std::move(x.why));
    else
      spdlog::error("journal: a verdict is damaged");
  }
}

bool judge(flow_parts& parts, const std::string& actor, const caf::error& why) {
  auto& progress = *parts.progress;
  flow_death death;
  death.out_of_memory = why == ec::out_of_memory;
  death.over_record = death.out_of_memory || why == ec::record_failed;
  death.answered = progress.answered;
  death.read = progress.read;
  if (auto at = progress.at_hand(); at != decode_progress::none)
    death.at_hand = at;
  auto found = parts.search.died(death);
  if (!found || !parts.switches.verdicts)
    return false;
  dead_record x{*found, actor + " ended over it twice: " + explain(why)};
  auto topic = progress.topic();
  spdlog::error("the {} at {} of the journal is dead: {}",
                topic.empty() ? "request" : "message on " + printable(topic),
                x.at, x.why);
  if (auto done
      = parts.log->writer().append_request(record_kind::verdict, pack(x));
      !done)
    spdlog::error("this holds until the end of the process only: {}",
                  explain(done.error()));
  parts.condemned.emplace(x.at, std::move(x.why));
  return true;
}

} // namespace rrdflow
