#pragma once

#include "actors/serve/http/http_message.hpp"

#include <microhttpd.h>

namespace rrdflow {

/// Makes what libmicrohttpd sends over `c`, with the fields that every response
/// carries. Takes the body of `x`, or its stream, which is closed once the
/// client left. Null if there is no memory.
MHD_Response* make_reply(MHD_Connection* c, http_response& x);

} // namespace rrdflow
