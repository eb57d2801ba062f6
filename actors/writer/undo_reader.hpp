#pragma once

#include "actors/writer/undo_format.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace rrdflow {

/// Reads a log, which must not change meanwhile.
class undo_reader {
public:
  undo_reader() = default;
  undo_reader(const undo_reader&) = delete;
  undo_reader& operator=(const undo_reader&) = delete;
  ~undo_reader();

  /// Returns false, with errno, on failure. To be called once.
  bool open(const std::string& name);

  /// Reads the next record, whose views live as long as this object. Returns
  /// false at the end.
  bool next(undo_record& x, uint64_t marker);

  /// Bytes read so far: those that are sound.
  size_t sound() const noexcept {
    return all_.size() - rest_.size();
  }

  /// Bytes behind.
  size_t left() const noexcept {
    return rest_.size();
  }

private:
  std::string_view all_;
  std::string_view rest_;
};

} // namespace rrdflow
