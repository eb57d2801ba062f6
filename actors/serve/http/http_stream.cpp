#include "actors/serve/http/http_stream.hpp"

#include <microhttpd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace rrdflow {

bool http_stream::send(std::string_view bytes) {
  std::lock_guard guard{mutex_};
  if (closed_)
    return false;
  if (out_.size() + bytes.size() > limit_) {
    closed_ = true;
    dropped_ = true;
    out_.clear();
  } else {
    out_ += bytes;
  }
  wake();
  return !closed_;
}

void http_stream::close() {
  std::lock_guard guard{mutex_};
  closed_ = true;
  wake();
}

bool http_stream::closed() const {
  std::lock_guard guard{mutex_};
  return closed_;
}

bool http_stream::dropped() const {
  std::lock_guard guard{mutex_};
  return dropped_;
}

size_t http_stream::take(MHD_Connection* connection, char* to, size_t size) {
  std::lock_guard guard{mutex_};
  if (out_.empty()) {
    if (closed_)
      return over;
    asleep_ = connection;
    MHD_suspend_connection(connection);
    return 0;
  }
  size = std::min(size, out_.size());
  std::memcpy(to, out_.data(), size);
  out_.erase(0, size);
  return size;
}

void http_stream::wake() {
  if (auto* x = std::exchange(asleep_, nullptr))
    MHD_resume_connection(x);
}

} // namespace rrdflow
