#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

struct MHD_Connection;

namespace rrdflow {

/// The body of a response that is sent piece by piece, until it is closed or
/// its client leaves. Between pieces its connection is suspended. Thread-safe.
class http_stream {
public:
  /// A client that lets more than `limit` bytes wait is dropped.
  explicit http_stream(size_t limit) : limit_{limit} {
    // nop
  }

  http_stream(const http_stream&) = delete;
  http_stream& operator=(const http_stream&) = delete;

  /// @returns false if the client left or is dropped.
  bool send(std::string_view bytes);

  /// Ends the response behind what was sent.
  void close();

  bool closed() const;

  /// Whether the client was too slow.
  bool dropped() const;

  // -- for the thread of the connection's daemon ------------------------------

  static constexpr size_t over = static_cast<size_t>(-1);

  /// Moves at most `size` bytes to `to`. If there are none the connection is
  /// suspended until there are some.
  /// @returns how many, or `over` at the end.
  size_t take(MHD_Connection* connection, char* to, size_t size);

private:
  void wake();

  mutable std::mutex mutex_;
  size_t limit_;
  std::string out_;

  /// The connection while it is suspended.
  MHD_Connection* asleep_ = nullptr;
  bool closed_ = false;
  bool dropped_ = false;
};

} // namespace rrdflow
