#include "runtime/service/journal_sink.hpp"

#include <chrono>

namespace rrdflow {

bool journal_sink::take(const incoming_message& x) {
  using namespace std::chrono_literals;
  record_content record;
  record.kind = record_kind::message;
  record.retained = x.retained;
  record.duplicate = x.duplicate;
  record.identifiers = x.identifiers;
  record.identifier_count = x.identifier_count;
  record.topic = x.topic;
  record.payload = x.payload.substr(0, max_payload_ + 1);
  while (!stopped_) {
    if (log_->writer().append(record) == append_result::taken)
      return true;
    log_->writer().wait_for_room(200ms);
  }
  return false;
}

} // namespace rrdflow
