#pragma once

#include <caf/error.hpp>
#include <caf/make_message.hpp> // required by CAF_ERROR_CODE_ENUM

#include <cstdint>
#include <string>

namespace rrdflow {

/// Everything that can go wrong in this service and that a caller may act on.
/// The context of an error is one string that names file, topic or series and
/// says the reason.
enum class ec : uint8_t {
  /// Not an error. Must stay at 0: CAF treats code 0 as "no error".
  none = 0,
  /// A file could not be read, written, synced or renamed.
  io_failed,
  /// No space is left, or less than the reserve.
  disk_full,
  /// A journal, snapshot, catalog or RRD file is not what it should be.
  damaged,
  /// The configuration has mistakes.
  bad_config,
  /// A request from outside makes no sense.
  bad_request,
  /// There is no such series, file or record.
  not_found,
  /// What was asked for is more than may be held at once.
  too_large,
  /// Another process holds the store.
  store_locked,
  /// librrd refused to do its work.
  rrd_failed,
  /// The actor that was asked is stopping or restarting.
  shutting_down,
  /// A handler threw an exception.
  exception,
  /// A handler threw an exception over a record of the journal.
  record_failed,
  /// The same, for want of memory: the record need not be the cause.
  out_of_memory,
};

/// @relates ec
const char* to_string(ec x);

/// What an errno of a write says: ec::disk_full if disk, quota or the process's
/// limit leave no room, ec::io_failed otherwise.
ec write_error(int reason);

/// The context of `x`, or its name and code if it has none.
std::string explain(const caf::error& x);

} // namespace rrdflow

CAF_ERROR_CODE_ENUM(rrdflow::ec, "rrdflow")

namespace rrdflow {

/// Makes an error with one line of context.
inline caf::error fail(ec code, std::string context) {
  return caf::make_error(code, std::move(context));
}

} // namespace rrdflow
