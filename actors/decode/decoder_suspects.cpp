#include "actors/decode/decoder_engine.hpp"

namespace rrdflow {

bool decoder_engine::settle() {
  auto next = pending_ ? record_.begin : feed_->at();
  if (!alone_ && !suspects_.has(next))
    return true;
  streams_.flush(at_);
  if (!streams_.quiet())
    return false;
  alone_ = false;
  settings_.progress->put_down();
  return true;
}

bool decoder_engine::isolate() {
  if (!suspects_.has(record_.begin))
    return true;
  // What a second sets off is not this record's doing.
  if (auto second = record_.arrival / 1000000000; second > told_) {
    tell(second);
    streams_.barrier(at_);
    return false;
  }
  alone_ = true;
  settings_.progress->take(record_.begin, record_.topic);
  return true;
}

bool decoder_engine::bury_condemned() {
  auto i = condemned_.find(record_.begin);
  if (i == condemned_.end())
    return false;
  tell(record_.arrival / 1000000000);
  if (record_.kind == record_kind::message) {
    books_.dead(dead_reason::poison, record_.arrival, record_.topic,
                record_.payload);
    finish_record();
  } else {
    request_outcome outcome;
    outcome.failures.push_back("given up: " + i->second);
    finish_request(std::move(outcome));
  }
  return true;
}

} // namespace rrdflow
