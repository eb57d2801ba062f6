#pragma once

#include "actors/journal/journal.hpp"
#include "actors/supervisor/poison_tracker.hpp"
#include "messages/decode_progress.hpp"

#include <caf/error.hpp>

#include <map>
#include <memory>
#include <string>

namespace rrdflow {

/// The records of the journal over which flows end again and again. The DECODER
/// takes them as dead letters; so does every replay, since the journal names
/// them. One thread at a time.
class poison_records {
public:
  /// Takes over what earlier runs found.
  void load(const journal& log);

  /// To be called when an actor of the flow has died. If that was over a
  /// record for the last time that it may be, the record becomes poison.
  /// @returns whether it did
  bool died(journal& log, const std::string& actor, const caf::error& why);

  /// The records that the next flow applies one by one.
  const poison_tracker& tracker() const noexcept {
    return tracker_;
  }

  /// By position, with the reason.
  const std::map<position, std::string>& found() const noexcept {
    return found_;
  }

  /// How far the flow's DECODER is.
  const std::shared_ptr<decode_progress>& progress() const noexcept {
    return progress_;
  }

private:
  std::shared_ptr<decode_progress> progress_
    = std::make_shared<decode_progress>();
  poison_tracker tracker_;
  std::map<position, std::string> found_;
};

} // namespace rrdflow
