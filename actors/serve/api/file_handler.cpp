#include "actors/serve/api/file_handler.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

constexpr std::string_view prefix = "/rrd/rrds/";

/// For a lookup or a copy.
constexpr auto copy_timeout = std::chrono::seconds{30};

http_response busy() {
  auto result = error_response(503, "too many files are asked for at a time");
  result.headers.emplace_back("Retry-After", "1");
  return result;
}

} // namespace

struct file_handler::round {
  std::string path;
  contexts wanted;
  series_info series;

  /// The newest request's.
  const route_context& context() const {
    return wanted.back();
  }
};

template <class Handle, class F, class... Ts>
void file_handler::ask(const round_ptr& x, const Handle& actor,
                       std::chrono::seconds timeout, F done, Ts&&... request) {
  x->context()
    .self->request(actor, timeout, std::forward<Ts>(request)...)
    .then(std::move(done), [this, x](caf::error& err) { refuse(x, err); });
}

void file_handler::answer_file(route_context x) {
  auto path = x.exchange->request().path.substr(prefix.size());
  if (auto i = rounds_.find(path); i != rounds_.end())
    return i->second.push_back(std::move(x));
  if (rounds_.size() >= max_rounds)
    return x.respond(busy());
  rounds_.emplace(path, contexts{});
  contexts wanted;
  wanted.push_back(std::move(x));
  begin(path, std::move(wanted));
}

void file_handler::begin(const std::string& path, contexts wanted) {
  auto x = std::make_shared<round>();
  x->path = path;
  x->wanted = std::move(wanted);
  ask(
    x, x->context().flow.catalog, copy_timeout,
    [this, x](series_info& series) {
      x->series = std::move(series);
      flush(x);
    },
    atom::find_v, path);
}

void file_handler::flush(const round_ptr& x) {
  ask(
    x, x->context().flow.keeper, flow_timeout,
    [this, x](const request_outcome& outcome) {
      if (!outcome.failures.empty())
        return refuse(x, error_response(503, outcome.failures.front()));
      flushed_.push_back(x);
      copy_next();
    },
    atom::append_v, flush_request{x->series.name});
}

void file_handler::copy_next() {
  while (copying_ < max_copying && !flushed_.empty()) {
    auto x = std::move(flushed_.front());
    flushed_.pop_front();
    if (held() >= max_held)
      refuse(x, busy());
    else
      copy(x);
  }
}

void file_handler::copy(const round_ptr& x) {
  auto& context = x->context();
  if (x->series.shard >= context.flow.writers.size())
    return refuse(x, fail(ec::shutting_down, ""));
  ++copying_;
  context.self
    ->request(context.flow.writers[x->series.shard], copy_timeout, atom::copy_v,
              x->series.id)
    .then(
      [this, x](file_copy& copy) {
        --copying_;
        show(x, copy);
        copy_next();
      },
      [this, x](caf::error& err) {
        --copying_;
        refuse(x, err);
        copy_next();
      });
}

void file_handler::show(const round_ptr& x, file_copy& copy) {
  out_.push_back(copy.bytes);
  served_file file;
  file.bytes = std::move(copy.bytes);
  file.tag = std::move(copy.tag);
  // A file of the original may be ahead of the clock.
  file.modified = std::min(copy.last_update, x->context().now / 1000000000);
  for (auto& y : x->wanted)
    y.respond(respond_with_file(y.exchange->request(), file));
  finish(x);
}

void file_handler::refuse(const round_ptr& x, const caf::error& why) {
  refuse(x, response_of(why, *x->context().failures));
}

void file_handler::refuse(const round_ptr& x, const http_response& why) {
  for (auto& y : x->wanted)
    y.respond(why);
  finish(x);
}

void file_handler::finish(const round_ptr& x) {
  auto i = rounds_.find(x->path);
  auto next = std::exchange(i->second, {});
  if (next.empty())
    rounds_.erase(i);
  else
    begin(x->path, std::move(next));
}

// -- the index ----------------------------------------------------------------

void file_handler::answer_index(route_context x) {
  index_wanted_.push_back(std::move(x));
  ask_index();
}

void file_handler::ask_index() {
  if (asking_index_ || index_wanted_.empty())
    return;
  asking_index_ = true;
  auto wanted = std::make_shared<contexts>(std::exchange(index_wanted_, {}));
  auto& context = wanted->back();
  context.self->request(context.flow.catalog, copy_timeout, atom::index_v)
    .then(
      [this, wanted](std::string& text) {
        show_index(*wanted, text);
        asking_index_ = false;
        ask_index();
      },
      [this, wanted](caf::error& err) {
        for (auto& x : *wanted)
          x.refuse(err);
        asking_index_ = false;
        ask_index();
      });
}

void file_handler::show_index(contexts& wanted, std::string& text) {
  auto full = held() >= max_held;
  auto shared = std::make_shared<const std::string>(std::move(text));
  out_.push_back(shared);
  http_response response;
  response.content_type = "text/plain; charset=utf-8";
  response.fixed = *shared;
  response.owner = shared;
  for (auto& x : wanted)
    if (x.exchange->request().path == "/rrd/")
      x.respond(show_index_page(x.exchange->request(), *shared));
    else
      x.respond(full ? busy() : response);
}

size_t file_handler::held() {
  size_t result = 0;
  auto gone = [&](const std::weak_ptr<const std::string>& x) {
    auto bytes = x.lock();
    result += bytes ? bytes->size() : 0;
    return !bytes;
  };
  out_.erase(std::remove_if(out_.begin(), out_.end(), gone), out_.end());
  return result;
}

} // namespace rrdflow
