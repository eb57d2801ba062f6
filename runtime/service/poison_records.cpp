#include "runtime/service/poison_records.hpp"

#include "actors/base/printable.hpp"
#include "messages/error.hpp"
#include "messages/request.hpp"

#include <spdlog/spdlog.h>

namespace rrdflow {

void poison_records::load(const journal& log) {
  for (auto& bytes : log.verdicts()) {
    dead_record x;
    if (unpack(bytes, x))
      found_.emplace(x.at, std::move(x.why));
    else
      spdlog::error("journal: a verdict is damaged");
  }
}

bool poison_records::died(journal& log, const std::string& actor,
                          const caf::error& why) {
  flow_death death;
  death.out_of_memory = why == ec::out_of_memory;
  death.over_record = death.out_of_memory || why == ec::record_failed;
  death.answered = progress_->answered;
  death.read = progress_->read;
  if (auto at = progress_->at_hand(); at != decode_progress::none)
    death.at_hand = at;
  auto poison = tracker_.died(death);
  if (!poison)
    return false;
  dead_record x{*poison, actor + " ended over it twice: " + explain(why)};
  auto topic = progress_->topic();
  spdlog::error("the {} at {} of the journal is dead: {}",
                topic.empty() ? "request" : "message on " + printable(topic),
                x.at, x.why);
  auto written = log.writer().append_request(record_kind::verdict, pack(x));
  if (!written)
    spdlog::error("this holds until the end of the process only: {}",
                  explain(written.error()));
  found_.emplace(x.at, std::move(x.why));
  return true;
}

} // namespace rrdflow
