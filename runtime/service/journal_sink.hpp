#pragma once

#include "actors/journal/journal.hpp"
#include "actors/mqtt/mqtt_intake.hpp"

#include <atomic>
#include <cstddef>

namespace rrdflow {

/// Puts what MQTT_SOURCE receives into the journal. While the journal takes
/// nothing, the message is held back, unacknowledged, until it does or until
/// `stop`.
class journal_sink : public message_sink {
public:
  /// @param max_payload bytes; of a larger message only its beginning is kept,
  ///        one byte too long, so that the DECODER sees and counts it.
  journal_sink(journal_ptr log, size_t max_payload)
    : log_{std::move(log)}, max_payload_{max_payload} {
    // nop
  }

  bool take(const incoming_message& x) override;

  /// Takes nothing more. Any thread.
  void stop() noexcept {
    stopped_ = true;
  }

private:
  journal_ptr log_;
  size_t max_payload_;
  std::atomic<bool> stopped_{false};
};

} // namespace rrdflow
