#include "actors/mqtt/subscription_table.hpp"

#include "actors/base/checked_record.hpp"
#include "actors/base/file.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <random>
#include <sstream>

namespace rrdflow {

namespace {

constexpr const char* heading = "rrdflow subscriptions 2";

/// Of a table whose identifiers start at 1.
constexpr const char* older_heading = "rrdflow subscriptions 1";

/// The last line, which seals those before it.
std::string seal_of(const std::string& text) {
  char result[32];
  std::snprintf(result, sizeof(result), "checksum %016" PRIx64 "\n",
                checksum(text));
  return result;
}

/// Keeps a filter on its line.
std::string escape(const std::string& filter) {
  std::string result;
  for (auto c : filter) {
    if (c == '\n')
      result += "\\n";
    else if (c == '\\')
      result += "\\\\";
    else
      result += c;
  }
  return result;
}

std::string unescape(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size())
      result += text[i];
    else
      result += text[++i] == 'n' ? '\n' : text[i];
  }
  return result;
}

void add_once(std::vector<std::string>& xs, const std::string& x) {
  if (std::find(xs.begin(), xs.end(), x) == xs.end())
    xs.push_back(x);
}

} // namespace

std::vector<std::string> wanted_filters(const rules_config& x) {
  std::vector<std::string> result;
  for (auto& rule : x.rules)
    if (!rule.drop)
      for (auto& topic : rule.topics)
        add_once(result, topic);
  for (auto& rrd : x.rrds)
    for (auto& source : rrd.sources)
      add_once(result, source.janitoo ? "/values/#" : source.topic);
  return result;
}

caf::expected<std::shared_ptr<subscription_table>>
subscription_table::open(std::string file, uint32_t above) {
  std::shared_ptr<subscription_table> result{
    new subscription_table{std::move(file)}};
  auto text = read_file(result->file_);
  if (!text) {
    if (text.error() == ec::not_found) {
      result->content_.start = above;
      result->content_.highest = above;
      return result;
    }
    return std::move(text.error());
  }
  if (!parse(*text, result->content_))
    return fail(ec::damaged, result->file_ + ": not a table of subscriptions");
  return result;
}

uint32_t subscription_table::random_start() {
  std::random_device device;
  return std::uniform_int_distribution<uint32_t>{1 << 14, 1 << 20}(device);
}

caf::expected<std::vector<subscription>>
subscription_table::wanted(const std::vector<std::string>& filters) {
  std::lock_guard<std::mutex> guard{mutex_};
  content next;
  next.start = content_.start;
  next.highest = content_.highest;
  std::vector<subscription> result;
  auto all = filters;
  for (auto& x : also_)
    add_once(all, x);
  for (auto& filter : all) {
    auto same = [&filter](const entry& x) {
      return x.wanted && x.value.filter == filter;
    };
    auto& known = content_.entries;
    auto i = std::find_if(known.begin(), known.end(), same);
    if (i == known.end() && next.highest == max_identifier)
      return fail(ec::bad_config, file_ + ": no identifier is left");
    next.entries.push_back(
      {i == known.end() ? subscription{++next.highest, filter} : i->value,
       true});
    if (result.size() < filters.size())
      result.push_back(next.entries.back().value);
  }
  for (auto& old : content_.entries) {
    if (std::find(all.begin(), all.end(), old.value.filter) == all.end())
      next.entries.push_back({old.value, false});
  }
  if (auto err = store(std::move(next)))
    return err;
  return result;
}

void subscription_table::want_also(std::vector<std::string> filters) {
  std::lock_guard<std::mutex> guard{mutex_};
  also_ = std::move(filters);
}

std::vector<subscription> subscription_table::also_wanted() const {
  std::lock_guard<std::mutex> guard{mutex_};
  std::vector<subscription> result;
  for (auto& x : content_.entries)
    if (std::find(also_.begin(), also_.end(), x.value.filter) != also_.end())
      result.push_back(x.value);
  return result;
}

std::vector<std::string> subscription_table::unwanted() const {
  std::vector<std::string> result;
  for (auto& x : held())
    result.push_back(x.filter);
  return result;
}

std::vector<subscription> subscription_table::held() const {
  std::lock_guard<std::mutex> guard{mutex_};
  std::vector<subscription> result;
  for (auto& x : content_.entries)
    if (!x.wanted)
      result.push_back(x.value);
  return result;
}

std::pair<uint32_t, uint32_t> subscription_table::given() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return {content_.start + 1, content_.highest};
}

caf::error subscription_table::unsubscribed(const std::string& filter) {
  std::lock_guard<std::mutex> guard{mutex_};
  auto next = content_;
  auto gone = [&filter](const entry& x) {
    return !x.wanted && x.value.filter == filter;
  };
  auto i = std::remove_if(next.entries.begin(), next.entries.end(), gone);
  if (i == next.entries.end())
    return caf::none;
  next.entries.erase(i, next.entries.end());
  return store(std::move(next));
}

std::string subscription_table::print(const content& x) {
  std::ostringstream out;
  out << heading << "\nstart " << x.start << "\nhighest " << x.highest << '\n';
  for (auto& y : x.entries)
    out << (y.wanted ? "wanted " : "unwanted ") << y.value.identifier << ' '
        << escape(y.value.filter) << '\n';
  auto result = out.str();
  return result + seal_of(result);
}

bool subscription_table::parse(const std::string& text, content& x) {
  auto end = text.rfind("checksum ");
  if (end == std::string::npos
      || text.substr(end) != seal_of(text.substr(0, end)))
    return false;
  std::istringstream in{text.substr(0, end)};
  std::string line;
  std::string word;
  if (!std::getline(in, line) || (line != heading && line != older_heading))
    return false;
  if (line == heading && (!(in >> word >> x.start) || word != "start"))
    return false;
  if (!(in >> word >> x.highest) || word != "highest")
    return false;
  entry y;
  while (in >> word >> y.value.identifier) {
    in.get();
    if (!std::getline(in, line) || y.value.identifier > x.highest)
      return false;
    y.value.filter = unescape(line);
    y.wanted = word == "wanted";
    x.entries.push_back(y);
  }
  return true;
}

caf::error subscription_table::store(content x) {
  if (auto err = replace_file(file_, print(x), 0640))
    return err;
  content_ = std::move(x);
  return caf::none;
}

} // namespace rrdflow
