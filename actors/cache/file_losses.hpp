#pragma once

#include "actors/base/file_names.hpp"
#include "actors/base/recent_map.hpp"
#include "config/file_definition.hpp"
#include "messages/sample.hpp"
#include "messages/unstored.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

/// Why a file lacks something that the shard had, or holds what nobody meant.
enum class loss_kind : uint8_t {
  /// A reading came when the rows of its time were sealed.
  late,
  /// Rows were given up; the text says why.
  abandoned,
  /// The heartbeat is shorter than the pauses of the readings.
  outlasted,
  /// A COUNTER without max went back: RRD takes that for an overflow.
  reset,
};

/// What was lost of a file, or a source of it, for one reason.
struct file_loss {
  loss_kind kind = loss_kind::late;
  file_id file = 0;

  /// Index of the source, 0 if it is of no source; and its name if the file has
  /// several.
  uint16_t source = 0;
  std::string label;

  uint64_t count = 0;

  /// Seconds: when it was lost last, and until when rows were sealed then.
  int64_t second = 0;
  int64_t sealed_until = 0;

  /// Of the last late reading.
  int64_t time = 0;
  double value = 0;

  /// What else is to be said.
  std::string reason;
  std::string text;
};

/// Keeps how often a file lost something, and the last time. Bounded: of more
/// than 1,000 of a kind the newest stay.
///
/// Concurrency: none.
class file_losses {
public:
  explicit file_losses(std::shared_ptr<const file_names> names);

  /// The entry, whose count is for the caller to raise.
  file_loss& touch(loss_kind kind, file_id file, uint16_t source);

  /// Of these files; without any, the `few` newest of each kind.
  std::vector<unstored>
  list(const std::vector<file_id>& files, size_t few) const;

  /// Of each kind the oldest first.
  std::vector<file_loss> all() const;

  /// For people, with the remedy if there is one.
  static std::string text_of(const file_loss& x);

private:
  unstored show(const file_loss& x) const;

  static constexpr size_t kinds = 4;

  static constexpr size_t capacity = 1000;

  std::shared_ptr<const file_names> names_;

  /// By kind.
  std::vector<recent_map<file_loss>> losses_;
};

} // namespace rrdflow
