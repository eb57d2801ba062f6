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

  /// Reads the next record, whose views live as long as this object; passes
  /// over up to 1 MiB that is none. Returns false at the end.
  bool next(undo_record& x, uint64_t marker);

  /// Bytes up to the end of the last record that was read.
  size_t sound() const noexcept {
    return all_.size() - rest_.size();
  }

  /// Bytes behind.
  size_t left() const noexcept {
    return rest_.size();
  }

  /// Bytes in front of records that are none.
  size_t damaged() const noexcept {
    return damaged_;
  }

private:
  std::string_view all_;
  std::string_view rest_;
  size_t damaged_ = 0;
};

} // namespace rrdflow
