#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

namespace rrdflow {

/// A byte address in the journal. Grows for ever, never used twice.
using position = uint64_t;

/// Numbers a file within one run of the process; see `file_names`.
using file_id = uint32_t;

/// Numbers a rule's name within one run; the DECODER announces the names.
using rule_id = uint16_t;

/// The 64 bits of a value: an int64_t for source types COUNTER (unsigned) and
/// DERIVE (signed), a double for all others.
struct value_bits {
  uint64_t bits = 0;

  static value_bits of(double x) noexcept {
    value_bits result;
    std::memcpy(&result.bits, &x, sizeof(x));
    return result;
  }

  static value_bits of(int64_t x) noexcept {
    return {static_cast<uint64_t>(x)};
  }

  static value_bits of(uint64_t x) noexcept {
    return {x};
  }

  double as_double() const noexcept {
    double result;
    std::memcpy(&result, &bits, sizeof(result));
    return result;
  }
};

inline bool operator==(value_bits x, value_bits y) {
  return x.bits == y.bits;
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, value_bits& x) {
  return f(x.bits);
}

/// One reading on its way to a CACHE_SHARD.
struct sample {
  /// Of `source_bits`: the sensor says that it has no value from now on, and
  /// `value` means nothing.
  static constexpr uint16_t unknown_bit = 0x8000;

  file_id file = 0;

  /// Index into the file's sources, and `unknown_bit`.
  uint16_t source_bits = 0;

  rule_id rule = 0;

  /// Nanoseconds since the epoch.
  int64_t time = 0;

  value_bits value;

  uint16_t source() const noexcept {
    return static_cast<uint16_t>(source_bits & (unknown_bit - 1));
  }

  bool is_unknown() const noexcept {
    return (source_bits & unknown_bit) != 0;
  }
};

inline bool operator==(const sample& x, const sample& y) {
  return x.file == y.file && x.source_bits == y.source_bits && x.rule == y.rule
         && x.time == y.time && x.value == y.value;
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, sample& x) {
  return f(x.file, x.source_bits, x.rule, x.time, x.value);
}

/// What a row has for one source: a value or unknown ("U").
struct cell {
  value_bits value;
  bool known = false;
};

inline bool operator==(const cell& x, const cell& y) {
  return x.known == y.known && (!x.known || x.value == y.value);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cell& x) {
  return f(x.value, x.known);
}

/// Rows as they go into a file: `times[i]` (seconds since the epoch, ascending)
/// has the cells `[i * sources, (i + 1) * sources)`.
struct row_block {
  std::vector<int64_t> times;
  std::vector<cell> cells;

  /// Behind each of `times`; empty: none.
  std::vector<uint16_t> milliseconds{};

  /// The heartbeat that the file's sources have from each row on, in seconds;
  /// empty: that of the definition.
  std::vector<uint32_t> heartbeats{};

  /// The time of row `i` in milliseconds since the epoch.
  int64_t time_ms(size_t i) const noexcept {
    return times[i] * 1000 + (milliseconds.empty() ? 0 : milliseconds[i]);
  }
};

inline bool operator==(const row_block& x, const row_block& y) {
  return x.times == y.times && x.cells == y.cells
         && x.milliseconds == y.milliseconds && x.heartbeats == y.heartbeats;
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, row_block& x) {
  return f(x.times, x.cells, x.milliseconds, x.heartbeats);
}

} // namespace rrdflow
