#include "runtime/service/guarded_actor.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <new>

namespace rrdflow {

namespace {

bool is_out_of_memory(const std::exception_ptr& x) {
  try {
    std::rethrow_exception(x);
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

} // namespace

std::string text_of(const std::exception_ptr& x) {
  try {
    std::rethrow_exception(x);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "something that is no exception";
  }
}

caf::error actor_guard::describe(const caf::mailbox_element& x,
                                 const std::exception_ptr& thrown) const {
  auto is_answer = x.mid.is_response();
  std::string what = "an answer";
  if (!is_answer)
    what = x.content().empty() ? "nothing" : x.content().stringify(0);
  what.erase(std::remove(what.begin(), what.end(), '\''), what.end());
  auto applies = is_answer
                   ? answers_apply
                   : std::count(applying.begin(), applying.end(), what) > 0;
  auto code = ec::exception;
  if (applies)
    code = is_out_of_memory(thrown) ? ec::out_of_memory : ec::record_failed;
  return fail(code, what + ": " + text_of(thrown));
}

void log_exception(const char* actor, const caf::error& x) {
  spdlog::error("{}: {}; it goes on", actor, explain(x));
}

} // namespace rrdflow
