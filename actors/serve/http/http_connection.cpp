#include "actors/serve/http/http_connection.hpp"

#include "actors/serve/http/http_stream.hpp"

#include <strings.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace rrdflow {

namespace {

constexpr unsigned max_fields = 64;

/// Bytes of a response that `http_limits::held` does not bound.
constexpr size_t small = 64 << 10;

http_method parse_method(const char* x) {
  if (std::strcmp(x, "GET") == 0)
    return http_method::get;
  if (std::strcmp(x, "HEAD") == 0)
    return http_method::head;
  if (std::strcmp(x, "POST") == 0)
    return http_method::post;
  return http_method::other;
}

struct field_sink {
  http_request& request;
  unsigned fields = 0;
  unsigned hosts = 0;
  size_t length = 0;
};

MHD_Result take_field(void* cls, MHD_ValueKind, const char* key, size_t,
                      const char* value, size_t size) {
  auto& sink = *static_cast<field_sink*>(cls);
  if (++sink.fields > max_fields)
    return MHD_NO;
  std::string text{value == nullptr ? "" : value, value == nullptr ? 0 : size};
  if (strcasecmp(key, "Host") == 0) {
    ++sink.hosts;
    sink.request.host = std::move(text);
  } else if (strcasecmp(key, "Authorization") == 0) {
    sink.request.authorization = std::move(text);
  } else if (strcasecmp(key, "If-None-Match") == 0) {
    sink.request.if_none_match = std::move(text);
  } else if (strcasecmp(key, "If-Range") == 0) {
    sink.request.if_range = std::move(text);
  } else if (strcasecmp(key, "Range") == 0) {
    sink.request.range = std::move(text);
  } else if (strcasecmp(key, "Content-Type") == 0) {
    sink.request.content_type = std::move(text);
  } else if (strcasecmp(key, "X-Rrdflow") == 0) {
    sink.request.marker = std::move(text);
  } else if (strcasecmp(key, "Content-Length") == 0) {
    sink.length = std::strtoull(text.c_str(), nullptr, 10);
  }
  return MHD_YES;
}

/// The text of a status that is decided here.
const char* reason(unsigned status) {
  switch (status) {
    case 400:
      return "the request is malformed";
    case 413:
      return "the body is too large";
    case 414:
      return "the address is too long";
    case 431:
      return "there are too many header fields";
    default:
      return "the service is busy or stopping";
  }
}

http_response refusal(unsigned status) {
  auto result = error_response(status, reason(status));
  if (status == 503)
    result.headers.emplace_back("Retry-After", "1");
  return result;
}

/// Every response carries these.
constexpr const char* fixed_fields[][2] = {
  {"X-Content-Type-Options", "nosniff"},
  {"Content-Security-Policy",
   "default-src 'self'; base-uri 'none'; form-action 'none'; "
   "frame-ancestors 'none'; object-src 'none'"},
  {"Referrer-Policy", "no-referrer"},
  {"Cross-Origin-Resource-Policy", "same-origin"},
  {"X-Frame-Options", "DENY"},
  {"Cache-Control", "no-cache"},
};

MHD_Response* make_body(http_response& x) {
  using owner = std::shared_ptr<const std::string>;
  if (!x.body.empty()) {
    x.owner = std::make_shared<const std::string>(std::move(x.body));
    x.fixed = *x.owner;
  }
  auto kept = std::make_unique<owner>(std::move(x.owner));
  auto* result = MHD_create_response_from_buffer_with_free_callback_cls(
    x.fixed.size(), const_cast<char*>(x.fixed.data()),
    [](void* cls) { delete static_cast<owner*>(cls); }, kept.get());
  if (result != nullptr)
    kept.release();
  return result;
}

struct stream_reader {
  MHD_Connection* connection;
  std::shared_ptr<http_stream> stream;
};

ssize_t read_stream(void* cls, uint64_t, char* to, size_t size) {
  auto& x = *static_cast<stream_reader*>(cls);
  auto n = x.stream->take(x.connection, to, size);
  return n == http_stream::over ? MHD_CONTENT_READER_END_OF_STREAM
                                : static_cast<ssize_t>(n);
}

void free_reader(void* cls) {
  auto* x = static_cast<stream_reader*>(cls);
  x->stream->close(); // the client may have left
  delete x;
}

MHD_Response* make_stream(MHD_Connection* c, http_response& x) {
  auto* reader = new stream_reader{c, std::move(x.stream)};
  auto* result = MHD_create_response_from_callback(
    MHD_SIZE_UNKNOWN, 4096, read_stream, reader, free_reader);
  if (result == nullptr)
    free_reader(reader);
  return result;
}

/// Makes what libmicrohttpd sends over `c`, with the fields that every response
/// carries. Takes the body of `x`, or its stream, which is closed once the
/// client left. Null if there is no memory.
MHD_Response* make_reply(MHD_Connection* c, http_response& x) {
  auto* result = x.stream ? make_stream(c, x) : make_body(x);
  if (result == nullptr)
    return nullptr;
  for (auto& field : fixed_fields)
    MHD_add_response_header(result, field[0], field[1]);
  MHD_add_response_header(result, "Content-Type", x.content_type.c_str());
  for (auto& [name, value] : x.headers)
    MHD_add_response_header(result, name.c_str(), value.c_str());
  return result;
}

} // namespace

void suspended_request::answer(http_response x) {
  std::lock_guard guard{mutex};
  if (answered)
    return;
  answered = true;
  response = std::move(x);
  MHD_resume_connection(connection);
}

http_call::http_call(http_core& core, const char* target) : core_{core} {
  std::string_view text{target};
  if (text.size() > core.limits.target)
    refused_ = 414;
  else if (!parse_target(text, request_))
    refused_ = 400;
}

http_call::~http_call() {
  std::lock_guard guard{core_.mutex};
  if (suspended_)
    core_.suspended.erase(suspended_);
  core_.held -= held_;
  if (counted_ && --core_.unanswered == 0)
    core_.all_answered.notify_all();
}

MHD_Result http_call::proceed(MHD_Connection* c, const char* method,
                              const char* data, size_t* size) {
  switch (stage_) {
    case stage::head:
      return begin(c, method);
    case stage::body:
      if (*size > 0)
        return take(data, size);
      if (refused_ != 0)
        return refuse(c, refused_);
      return suspend(c);
    case stage::suspended: {
      std::unique_lock guard{suspended_->mutex};
      auto x = std::move(suspended_->response);
      guard.unlock();
      return respond(c, std::move(x));
    }
    default:
      return MHD_NO;
  }
}

MHD_Result http_call::begin(MHD_Connection* c, const char* method) {
  request_.method = parse_method(method);
  field_sink sink{request_};
  MHD_get_connection_values_n(c, MHD_HEADER_KIND, take_field, &sink);
  if (refused_ == 0 && sink.fields > max_fields)
    refused_ = 431;
  if (refused_ == 0 && sink.hosts > 1)
    refused_ = 400;
  if (refused_ != 0)
    return refuse(c, refused_);
  if (auto x = core_.on.front(request_))
    return respond(c, std::move(*x));
  if (sink.length > core_.limits.body)
    return refuse(c, 413);
  stage_ = stage::body;
  return MHD_YES;
}

MHD_Result http_call::take(const char* data, size_t* size) {
  received_ += *size;
  // libmicrohttpd takes no response before the body's end: closes connections
  // whose body exceeds four times the limit.
  if (received_ > 4 * core_.limits.body)
    return MHD_NO;
  if (received_ > core_.limits.body)
    refused_ = 413;
  else
    request_.body.append(data, *size);
  *size = 0;
  return MHD_YES;
}

MHD_Result http_call::suspend(MHD_Connection* c) {
  {
    std::lock_guard guard{core_.mutex};
    if (!core_.stopping && core_.suspended.size() < core_.limits.pending) {
      suspended_ = std::make_shared<suspended_request>();
      suspended_->connection = c;
      core_.suspended.insert(suspended_);
      ++core_.unanswered;
      counted_ = true;
      // Before the request can be answered.
      MHD_suspend_connection(c);
    }
  }
  if (!suspended_)
    return refuse(c, 503);
  stage_ = stage::suspended;
  enter(c, http_socket::phase::suspended);
  core_.on.back(std::make_shared<http_exchange>(
    std::move(request_),
    [x = suspended_](http_response r) { x->answer(std::move(r)); }));
  return MHD_YES;
}

MHD_Result http_call::respond(MHD_Connection* c, http_response x) {
  stage_ = stage::responded;
  enter(c,
        x.stream ? http_socket::phase::streaming : http_socket::phase::writing,
        x.stream);
  hold(x);
  auto* response = make_reply(c, x);
  if (response == nullptr)
    return MHD_NO;
  {
    std::lock_guard guard{core_.mutex};
    if (core_.stopping)
      MHD_add_response_header(response, "Connection", "close");
    if (!counted_)
      ++core_.unanswered;
    counted_ = true;
  }
  auto result = MHD_queue_response(c, x.status, response);
  MHD_destroy_response(response);
  return result;
}

MHD_Result http_call::refuse(MHD_Connection* c, unsigned status) {
  return respond(c, refusal(status));
}

void http_call::hold(http_response& x) {
  std::lock_guard guard{core_.mutex};
  if (x.body.size() > small && core_.held > 0
      && core_.held + x.body.size() > core_.limits.held)
    x = refusal(503);
  held_ = x.body.size();
  core_.held += held_;
}

void http_call::enter(MHD_Connection* c, http_socket::phase x,
                      std::shared_ptr<http_stream> stream) {
  auto* info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  if (info == nullptr || info->socket_context == nullptr)
    return;
  std::lock_guard guard{core_.mutex};
  auto* socket = static_cast<http_socket*>(info->socket_context);
  socket->now = x;
  socket->since = std::chrono::steady_clock::now();
  if (stream && core_.stopping)
    stream->close();
  socket->stream = std::move(stream);
}

} // namespace rrdflow
