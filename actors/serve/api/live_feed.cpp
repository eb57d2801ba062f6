#include "actors/serve/api/live_feed.hpp"

#include "actors/base/calendar.hpp"
#include "actors/base/json_writer.hpp"

#include <algorithm>
#include <cstring>

namespace rrdflow {

namespace {

/// A second, less what a tick may come early.
constexpr int64_t pause = 900000000;

int64_t nanoseconds(std::chrono::seconds x) {
  return std::chrono::nanoseconds{x}.count();
}

/// Bit by bit: NaN is equal to itself.
bool same(double x, double y) {
  return std::memcmp(&x, &y, sizeof(x)) == 0;
}

} // namespace

live_feed::live_feed(metric_registry* registry, live_limits limits)
  : limits_{limits}, clients_count_{registry,
                                    {"live_clients",
                                     "Clients of /api/v1/live."}},
    dropped_{registry,
             {"live_clients_dropped_total",
              "Clients of /api/v1/live that took what they asked for too "
              "slowly."}} {
  // nop
}

std::shared_ptr<live_feed::topic>
live_feed::get_or_create(const std::string& name) {
  auto& entry = topics_[name];
  auto result = entry.lock();
  if (!result) {
    result = std::make_shared<topic>();
    result->name = name;
    entry = result;
  }
  return result;
}

std::shared_ptr<http_stream>
live_feed::add(const std::vector<std::string>& names) {
  sweep();
  if (clients_.size() >= limits_.clients)
    return nullptr;
  client x;
  x.stream = std::make_shared<http_stream>(limits_.waiting);
  for (auto& name : names)
    x.wanted.emplace_back(get_or_create(name), 0);
  // How long a client waits before it connects again.
  x.stream->send("retry: 2000\n\n");
  clients_.push_back(std::move(x));
  clients_count_.set(static_cast<double>(clients_.size()));
  return clients_.back().stream;
}

void live_feed::sweep() {
  auto gone = [this](const client& x) {
    dropped_.add(x.stream->dropped());
    return x.stream->closed();
  };
  auto i = std::remove_if(clients_.begin(), clients_.end(), gone);
  if (i == clients_.end())
    return;
  clients_.erase(i, clients_.end());
  clients_count_.set(static_cast<double>(clients_.size()));
  for (auto t = topics_.begin(); t != topics_.end();)
    t = t->second.expired() ? topics_.erase(t) : std::next(t);
}

void live_feed::reset_places() {
  for (auto& [name, entry] : topics_)
    if (auto x = entry.lock()) {
      x->place = std::nullopt;
      x->asked = 0;
    }
}

std::vector<std::string> live_feed::unresolved(int64_t now) {
  std::vector<std::string> result;
  for (auto& [name, entry] : topics_) {
    auto x = entry.lock();
    if (!x || x->place || now - x->asked < nanoseconds(limits_.retry))
      continue;
    x->asked = now;
    result.push_back(name);
  }
  return result;
}

void live_feed::found(const std::string& name,
                      const std::optional<series_info>& x) {
  auto i = topics_.find(name);
  if (i == topics_.end())
    return;
  if (auto t = i->second.lock())
    t->place = x;
}

std::map<uint32_t, std::vector<file_id>> live_feed::files() const {
  std::map<uint32_t, std::vector<file_id>> result;
  for (auto& [name, entry] : topics_)
    if (auto x = entry.lock(); x && x->place)
      result[x->place->shard].push_back(x->place->id);
  return result;
}

void live_feed::update(const std::vector<last_value>& xs) {
  std::map<std::pair<file_id, uint16_t>, const last_value*> values;
  for (auto& x : xs)
    values[{x.file, x.source}] = &x;
  for (auto& [name, entry] : topics_) {
    auto t = entry.lock();
    if (!t || !t->place)
      continue;
    auto i = values.find({t->place->id, t->place->index});
    if (i == values.end())
      continue;
    auto& x = *i->second;
    if (x.time == 0) {
      // The shard forgot the file: the name may have another one by now.
      t->place = std::nullopt;
    } else if (x.time != t->time || !same(x.value, t->value)) {
      t->time = x.time;
      t->value = x.value;
      ++t->version;
    }
  }
}

void live_feed::send(int64_t now, bool fresh) {
  for (auto& c : clients_) {
    if (fresh ? c.sent != 0 : now - c.sent < pause)
      continue;
    std::string text;
    for (auto& [t, version] : c.wanted) {
      if (version == t->version)
        continue;
      version = t->version;
      json_writer out;
      out.begin_object();
      out.member("series", std::string_view{t->name});
      out.member("time", std::string_view{iso_time(t->time)});
      out.member("value", t->value);
      out.member("age", static_cast<double>((now - t->time) / 1000000) / 1000);
      out.end_object();
      text += "data: ";
      text += out.take();
      text += "\n\n";
    }
    if (text.empty() && now - c.sent >= nanoseconds(limits_.keep_alive))
      text = ": nothing new\n\n";
    if (text.empty())
      continue;
    c.sent = now;
    c.stream->send(text);
  }
}

} // namespace rrdflow
