#include "actors/catalog/series_list.hpp"

#include "config/ascii.hpp"

#include <algorithm>
#include <deque>

namespace rrdflow {

void series_list::refresh(const catalog_table& table) {
  auto gone = [&](series_id x) { return table.get(x).file == no_id; };
  if (released_ != table.released()) {
    sorted_.erase(std::remove_if(sorted_.begin(), sorted_.end(), gone),
                  sorted_.end());
    released_ = table.released();
  }
  if (seen_ == table.series_count())
    return;
  // Each name is looked up once, not in each comparison.
  std::vector<std::pair<std::string_view, series_id>> added;
  std::deque<std::string> rooms(1);
  for (; seen_ < table.series_count(); ++seen_) {
    if (gone(seen_))
      continue;
    added.emplace_back(table.name(seen_, rooms.back()), seen_);
    if (!rooms.back().empty())
      rooms.emplace_back();
  }
  std::sort(added.begin(), added.end());
  std::vector<series_id> merged;
  merged.reserve(sorted_.size() + added.size());
  std::string room;
  auto old = sorted_.begin();
  for (auto& [name, id] : added) {
    for (; old != sorted_.end() && table.name(*old, room) < name; ++old)
      merged.push_back(*old);
    merged.push_back(id);
  }
  merged.insert(merged.end(), old, sorted_.end());
  sorted_.swap(merged);
}

void series_list::visit(const catalog_table& table, std::string_view after,
                        const std::function<bool(series_id)>& visit) {
  refresh(table);
  auto i = sorted_.cbegin();
  if (!after.empty())
    i = std::partition_point(i, sorted_.cend(), [&](series_id x) {
      return table.name(x) <= after;
    });
  while (i != sorted_.cend() && visit(*i))
    ++i;
}

series_list::iterator
series_list::behind(const catalog_table& table, std::string_view prefix,
                    iterator from) const {
  return std::partition_point(from, sorted_.cend(), [&](series_id x) {
    return table.name(x).compare(0, prefix.size(), prefix) <= 0;
  });
}

std::vector<series_node>
series_list::level(const catalog_table& table, const tree_query& query,
                   size_t limit) {
  refresh(table);
  auto& prefix = query.prefix;
  auto& after = query.after;
  auto at
    = std::partition_point(sorted_.cbegin(), sorted_.cend(), [&](series_id x) {
        auto name = table.name(x);
        return name < prefix || (!after.empty() && name <= after);
      });
  // What is below a branch is behind it, too.
  if (after.size() > prefix.size() && after.back() == '/')
    at = behind(table, after, at);
  auto end = behind(table, prefix, at);
  std::vector<series_node> result;
  while (at < end && result.size() < limit) {
    series_node node{table.name(*at), 1, *at};
    auto slash = node.path.find('/', prefix.size());
    auto stop = slash == std::string::npos
                  ? at + 1
                  : behind(table, {node.path.data(), slash + 1}, at);
    node.count = static_cast<uint64_t>(stop - at);
    if (node.count > 1) {
      // In this order what the first and the last share, all share.
      auto last = table.name(*(stop - 1));
      auto fork = std::mismatch(node.path.begin(), node.path.end(),
                                last.begin(), last.end())
                    .first;
      node.path.erase(fork, node.path.end());
      node.path.resize(node.path.rfind('/') + 1);
    }
    result.push_back(std::move(node));
    at = stop;
  }
  return result;
}

// -- patterns -----------------------------------------------------------------

bool matches_query(std::string_view pattern, std::string_view name) {
  if (pattern.find_first_of("*?") != pattern.npos)
    return name_matches_glob(pattern, name);
  while (!pattern.empty()) {
    auto end = std::min(pattern.find(' '), pattern.size());
    if (!name_contains(name, pattern.substr(0, end)))
      return false;
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
  }
  return true;
}

bool name_matches_glob(std::string_view glob, std::string_view name) {
  // Goes back to the last star only: never more than |glob| * |name| steps.
  size_t g = 0;
  size_t n = 0;
  auto star = glob.npos;
  size_t star_name = 0;
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_name = n;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == name[n])) {
      ++g;
      ++n;
    } else if (star != glob.npos) {
      g = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*')
    ++g;
  return g == glob.size();
}

bool name_contains(std::string_view name, std::string_view text) {
  return text.empty()
         || std::search(name.begin(), name.end(), text.begin(), text.end(),
                        [](char x, char y) {
                          return to_lower(x) == to_lower(y);
                        })
              != name.end();
}

} // namespace rrdflow
