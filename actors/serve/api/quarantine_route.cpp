#include "actors/base/calendar.hpp"
#include "actors/serve/api/json_writer.hpp"
#include "actors/serve/http/routes.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <memory>

namespace rrdflow {

namespace {

/// Threads that look at folders: a disk that hangs shall not use up more.
constexpr int max_readers = 2;

std::atomic<int> readers{0};

http_response show(const std::vector<quarantined_file>& xs) {
  json_writer out;
  out.begin_array();
  for (auto& x : xs) {
    out.begin_object();
    out.member("file", std::string_view{x.file});
    out.member("was", std::string_view{x.was});
    out.member("bytes", x.bytes);
    out.member("time", std::string_view{iso_time(x.time)});
    out.member("reason", std::string_view{x.reason});
    out.end_object();
  }
  out.end_array();
  return json_response(out.take());
}

} // namespace

void answer_quarantine(route_context x, const quarantine_reader& list) {
  if (!list)
    return x.exchange->respond(show({}));
  if (++readers > max_readers) {
    --readers;
    return x.exchange->respond(
      error_response(503, "the disk has not answered yet"));
  }
  // Ends with what it has to do.
  x.self->home_system().spawn<caf::detached>(
    [exchange = std::move(x.exchange), list](caf::event_based_actor*) {
      exchange->respond(show(list()));
      --readers;
    });
}

} // namespace rrdflow
