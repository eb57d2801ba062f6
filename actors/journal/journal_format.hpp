#pragma once

#include "messages/journal_feed.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rrdflow {

// The journal on disk: files `<store>/journal/BASE.journal`, BASE being the
// position of the file's first byte in 16 hex digits.
//
//   segment := header record* zero* header
//   record  := checksum:u64        XXH3-64 of all that follows, the padding
//                                  included, seeded with id and position
//              length:u32          of the record without padding; 0: no record
//              topic_size:u16
//              kind:u8             record_kind
//              flags:u8            1 retained, 2 duplicate, 4 identifiers
//              sequence:u64        of the newest message, this one included
//              arrival:i64         nanoseconds since the epoch
//              [request:u64]       if kind is not message
//              [count:u32 identifier:u32{count}]    if flags has identifiers
//              topic:byte{topic_size} payload:byte*
//              zero*               to the next multiple of 8
//   header  := magic:u64 version:u32 state:u32 id:u64 base:u64 created:i64
//              last_sequence:u64 previous_end:u64 previous_checksum:u64
//              checksum:u64        XXH3-64 of all before
//
// Numbers have the machine's byte order (a foreign one fails at the magic). The
// header stands at both ends, so that no single bad page costs a segment: the
// second copy is the file's last 72 bytes. A segment that an earlier start left
// is cut behind its last record; its positions up to the next base are void.
//
// `id` is the journal's: a record of another journal does not validate, nor
// does one at another position. A segment is `prepared` under its name before
// it is needed; what came before it is written into its header when it is
// begun.

/// How far a segment has come. The numbers are part of the format.
enum class segment_state : uint32_t { prepared = 1, begun = 2 };

struct segment_header {
  segment_state state = segment_state::prepared;

  /// Random number of the journal.
  uint64_t id = 0;

  /// Position of the segment's first byte.
  position base = 0;

  /// Nanoseconds since the epoch.
  int64_t created = 0;

  /// The newest message, the end and the checksum of the last record before
  /// this segment; 0 if there is none or the segment is only prepared.
  uint64_t last_sequence = 0;
  position previous_end = 0;
  uint64_t previous_checksum = 0;
};

constexpr size_t segment_header_size = 72;
constexpr size_t record_header_size = 32;

/// What a record is made of.
struct record_content {
  record_kind kind = record_kind::message;
  bool retained = false;
  bool duplicate = false;
  const uint32_t* identifiers = nullptr;
  size_t identifier_count = 0;
  uint64_t request = 0;

  /// At most 65535 bytes, as in MQTT.
  std::string_view topic;

  std::string_view payload;
};

/// Bytes of a record with its padding; more than any segment if it cannot be.
uint64_t record_size(const record_content& x) noexcept;

/// Writes a record, padding included, and returns its checksum.
/// @pre `to` has `record_size(x)` bytes and is aligned to 8
uint64_t write_record(uint8_t* to, const record_content& x, uint64_t id,
                      position at, uint64_t sequence, int64_t arrival) noexcept;

/// Reads the record at `from`. Returns false unless it is whole, within `size`
/// bytes, and written for this place; `x` has views into `from` then.
/// @pre `from` is aligned to 8
bool read_record(const uint8_t* from, uint64_t size, uint64_t id, position at,
                 journal_record& x) noexcept;

/// Looks at a record that is perhaps not whole: says how long it is and what
/// its topic is, empty unless it is a message. False if it cannot be one.
/// @pre `from` is aligned to 8
bool peek_record(const uint8_t* from, uint64_t size, uint64_t& length,
                 std::string_view& topic) noexcept;

/// The checksum of a record that was read.
uint64_t record_checksum(const uint8_t* record) noexcept;

/// Writes `segment_header_size` bytes.
void write_header(uint8_t* to, const segment_header& x) noexcept;

/// Reads `segment_header_size` bytes; false if they are no header.
bool read_header(const uint8_t* from, segment_header& x) noexcept;

/// "00000000000186a0.journal", and back; false for other names.
std::string segment_name(position base);
bool parse_segment_name(const std::string& name, position& base);

} // namespace rrdflow
