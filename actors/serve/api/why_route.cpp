#include "actors/base/calendar.hpp"
#include "actors/serve/api/routes.hpp"
#include "actors/serve/api/series_route.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace rrdflow {

namespace {

/// What is known of a topic or series so far.
struct findings {
  std::vector<series_info> series;
  std::vector<unstored> reasons;

  std::vector<std::string> topics(const std::string& name) const {
    std::vector<std::string> result;
    if (!name.empty())
      result.push_back(name);
    for (auto& x : series)
      if (!x.topic.empty()
          && std::find(result.begin(), result.end(), x.topic) == result.end())
        result.push_back(x.topic);
    return result;
  }

  /// By shard.
  std::map<uint32_t, std::vector<file_id>> files() const {
    std::map<uint32_t, std::vector<file_id>> result;
    for (auto& x : series)
      result[x.shard].push_back(x.id);
    return result;
  }

  /// Gives what shards said the names of series, which people know; drops what
  /// is of another source than those that were asked for.
  /// @param of by the file: one of its series
  void add(std::vector<unstored> losses,
           const std::map<std::string, series_info>& of) {
    for (auto& x : losses) {
      auto is_wanted = [&](const series_info& y) {
        return y.file == x.series && (x.path.empty() || y.source == x.path);
      };
      if (!series.empty()
          && std::none_of(series.begin(), series.end(), is_wanted))
        continue;
      if (auto i = of.find(x.series); i != of.end()) {
        auto& one = i->second;
        auto end = one.name.rfind('/');
        // The file may have been of another kind when it lost something.
        auto labelled
          = end != one.name.npos
            && one.name.compare(end + 1, one.name.npos, one.source) == 0;
        if (x.path.empty() || labelled) {
          x.series
            = x.path.empty() ? one.name : one.name.substr(0, end + 1) + x.path;
          x.path.clear();
        }
      }
      reasons.push_back(std::move(x));
    }
  }
};

using findings_ptr = std::shared_ptr<findings>;

void append(json_writer& out, const unstored& x) {
  out.begin_object();
  out.member("kind", std::string_view{x.kind});
  out.member("reason", std::string_view{x.reason});
  out.member("topic", std::string_view{x.topic});
  out.member("path", std::string_view{x.path});
  out.member("series", std::string_view{x.series});
  out.key("count");
  if (x.count > 0)
    out.value(x.count);
  else
    out.null();
  out.member("time", std::string_view{iso_time(x.time)});
  out.member("payload", std::string_view{x.payload});
  out.member("text", std::string_view{x.text});
  out.end_object();
}

void answer(const route_context& x, const findings& found,
            const last_values& last) {
  json_writer out;
  out.begin_object();
  out.key("series");
  out.begin_array();
  for (auto& y : found.series) {
    out.begin_object();
    append_series(out, y, last, x.now);
    out.end_object();
  }
  out.end_array();
  out.key("reasons");
  out.begin_array();
  for (auto& y : found.reasons)
    append(out, y);
  out.end_array();
  out.end_object();
  x.respond(json_response(out.take()));
}

void ask_for_values(const route_context& x, const findings_ptr& found) {
  gather_last_values(x.self, x.flow, found->files(), lookup_timeout,
                     [x, found](const gathered<std::vector<last_value>>& y) {
                       if (y.error)
                         return x.refuse(y.error);
                       answer(x, *found, by_source(y.answers));
                     });
}

/// Leaves the newest of each reason.
void keep_newest(std::vector<unstored>& losses) {
  constexpr size_t few = 20;
  std::sort(losses.begin(), losses.end(), [](auto& x, auto& y) {
    return std::tie(x.kind, x.reason, y.time)
           < std::tie(y.kind, y.reason, x.time);
  });
  std::map<std::string, size_t> found;
  losses.erase(
    std::remove_if(losses.begin(), losses.end(),
                   [&](auto& x) { return found[x.kind + x.reason]++ >= few; }),
    losses.end());
}

/// Asks CATALOG for the series of files that shards named.
void ask_for_names(const route_context& x, const findings_ptr& found,
                   std::vector<unstored> losses) {
  std::set<std::string> unique;
  for (auto& y : losses)
    unique.insert(y.series);
  auto files = std::make_shared<const std::vector<std::string>>(unique.begin(),
                                                                unique.end());
  // A file that is gone has no series any more, and keeps its own name.
  auto take = [x, found, files, losses = std::move(losses)](
                const gathered<series_info>& answers) {
    std::map<std::string, series_info> of;
    for (size_t i = 0; i < files->size(); ++i)
      if (!answers.answers[i].name.empty())
        of.emplace((*files)[i], answers.answers[i]);
    found->add(losses, of);
    ask_for_values(x, found);
  };
  gather_each<series_info>(files->size(), take, [&](size_t i) {
    return x.self->request(x.flow.catalog, lookup_timeout, atom::find_v,
                           (*files)[i]);
  });
}

void ask_shards(const route_context& x, const findings_ptr& found, bool all) {
  std::vector<std::pair<uint32_t, std::vector<file_id>>> questions;
  if (all)
    for (uint32_t i = 0; i < x.flow.shards.size(); ++i)
      questions.emplace_back(i, std::vector<file_id>{});
  for (auto& [shard, files] : found->files())
    if (shard < x.flow.shards.size())
      questions.emplace_back(shard, files);
  auto take = [x, found, all](const gathered<std::vector<unstored>>& answers) {
    if (answers.error)
      return x.refuse(answers.error);
    std::vector<unstored> losses;
    for (auto& some : answers.answers)
      losses.insert(losses.end(), some.begin(), some.end());
    if (all)
      keep_newest(losses);
    ask_for_names(x, found, std::move(losses));
  };
  gather_each<std::vector<unstored>>(questions.size(), take, [&](size_t i) {
    auto& [shard, files] = questions[i];
    return x.self->request(x.flow.shards[shard], lookup_timeout, atom::why_v,
                           files);
  });
}

void ask_decoder(const route_context& x, const findings_ptr& found,
                 const std::string& name) {
  x.ask(
    x.flow.decoder, lookup_timeout,
    [x, found, all = name.empty()](std::vector<unstored>& reasons) {
      found->reasons = std::move(reasons);
      ask_shards(x, found, all);
    },
    atom::why_v, found->topics(name));
}

} // namespace

void answer_why(route_context x) {
  auto found = std::make_shared<findings>();
  auto* name = find(x.exchange->request().parameters, "topic");
  if (name == nullptr || name->empty())
    return ask_decoder(x, found, {});
  x.ask(
    x.flow.catalog, lookup_timeout,
    [x, found, name = *name](std::vector<series_info>& series) {
      found->series = std::move(series);
      ask_decoder(x, found, name);
    },
    atom::why_v, *name);
}

} // namespace rrdflow
