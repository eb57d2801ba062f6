#include "actors/serve/http/http_reply.hpp"

#include "actors/serve/http/http_stream.hpp"

#include <memory>
#include <string>
#include <utility>

namespace rrdflow {

namespace {

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

void free_body(void* cls) {
  delete static_cast<std::string*>(cls);
}

using body_owner = std::shared_ptr<const std::string>;

void free_owner(void* cls) {
  delete static_cast<body_owner*>(cls);
}

/// A body that others have, too.
MHD_Response* make_shared_body(http_response& x) {
  auto* owner = new body_owner{std::move(x.owner)};
  auto* result = MHD_create_response_from_buffer_with_free_callback_cls(
    x.fixed.size(), const_cast<char*>(x.fixed.data()), free_owner, owner);
  if (result == nullptr)
    delete owner;
  return result;
}

MHD_Response* make_body(http_response& x) {
  if (x.body.empty() && x.owner && !x.fixed.empty())
    return make_shared_body(x);
  if (x.body.empty())
    return MHD_create_response_from_buffer(x.fixed.size(),
                                           const_cast<char*>(x.fixed.data()),
                                           MHD_RESPMEM_PERSISTENT);
  auto* body = new std::string{std::move(x.body)};
  auto* result = MHD_create_response_from_buffer_with_free_callback_cls(
    body->size(), body->data(), free_body, body);
  if (result == nullptr)
    delete body;
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

} // namespace

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

} // namespace rrdflow
