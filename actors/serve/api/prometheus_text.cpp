#include "actors/serve/api/prometheus_text.hpp"

#include "actors/serve/api/json_writer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace rrdflow {

namespace {

using labels = prometheus_text::labels;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(std::string_view x) {
  return !x.empty() && is_letter(x.front())
         && std::all_of(x.begin(), x.end(), [](char c) {
              return is_letter(c) || (c >= '0' && c <= '9');
            });
}

bool starts_with(std::string_view x, std::string_view prefix) {
  return x.substr(0, prefix.size()) == prefix;
}

bool take_suffix(std::string_view& x, std::string_view suffix) {
  if (x.size() <= suffix.size() || x.substr(x.size() - suffix.size()) != suffix)
    return false;
  x.remove_suffix(suffix.size());
  return true;
}

/// The upper bound of a bucket.
double bound(const labels& xs) {
  for (auto& [name, value] : xs)
    if (name == "le")
      return value == "+Inf" ? std::numeric_limits<double>::infinity()
                             : std::strtod(value.c_str(), nullptr);
  return 0;
}

labels without_bound(labels xs) {
  xs.erase(std::remove_if(xs.begin(), xs.end(),
                          [](auto& x) { return x.first == "le"; }),
           xs.end());
  return xs;
}

void append_sample(std::string& out, std::string_view name, const labels& xs,
                   double value) {
  out += name;
  auto separator = '{';
  for (auto& [label, text] : xs) {
    out += separator;
    separator = ',';
    out += label;
    out += "=\"";
    for (auto c : text) {
      if (c == '\\' || c == '"')
        out += '\\';
      if (c == '\n')
        out += "\\n";
      else
        out += c;
    }
    out += '"';
  }
  if (separator == ',')
    out += '}';
  out += ' ';
  append_number(out, value,
                std::isnan(value) ? "NaN"
                : value < 0       ? "-Inf"
                                  : "+Inf");
  out += '\n';
}

void append_histogram(
  std::string& out, const std::string& name,
  const std::map<std::pair<std::string, labels>, double>& samples) {
  struct one {
    std::vector<std::pair<double, const labels*>> buckets;
  };
  std::map<labels, one> all;
  for (auto& [key, value] : samples)
    if (key.first == "_bucket")
      all[without_bound(key.second)].buckets.emplace_back(bound(key.second),
                                                          &key.second);
  auto find = [&](const char* suffix, const labels& xs) -> const double* {
    auto i = samples.find({suffix, xs});
    return i == samples.end() ? nullptr : &i->second;
  };
  for (auto& [xs, x] : all) {
    std::sort(x.buckets.begin(), x.buckets.end());
    double last = 0;
    for (auto& [le, key] : x.buckets) {
      last = *find("_bucket", *key);
      append_sample(out, name + "_bucket", *key, last);
    }
    auto* given = find("_count", xs);
    auto count = given == nullptr ? last : *given;
    if (!std::isinf(x.buckets.back().first)) {
      auto key = xs;
      key.emplace_back("le", "+Inf");
      append_sample(out, name + "_bucket", key, count);
    }
    auto* sum = find("_sum", xs);
    append_sample(out, name + "_sum", xs, sum == nullptr ? 0 : *sum);
    append_sample(out, name + "_count", xs, count);
  }
}

} // namespace

void prometheus_text::add(const metrics& xs) {
  for (auto& x : xs)
    add("rrdflow_" + x.name, x);
}

void prometheus_text::add_plain(const metric& x) {
  add(x.name, x);
}

void prometheus_text::add(std::string name, const metric& x) {
  labels key;
  for (auto* label : {&x.label, &x.more}) {
    if (label->first.empty())
      continue;
    if (!is_name(label->first)
        || (!key.empty() && key.front().first == label->first))
      return;
    key.push_back(*label);
  }
  if (!is_name(name))
    return;
  std::sort(key.begin(), key.end());
  std::string_view base = name;
  auto suffix = take_suffix(base, "_bucket")  ? "_bucket"
                : take_suffix(base, "_sum")   ? "_sum"
                : take_suffix(base, "_count") ? "_count"
                                              : "";
  auto& known = families_[std::string{base}];
  auto [i, added] = known.samples.try_emplace({suffix, key}, x.value);
  if (added)
    return;
  if (starts_with(x.name, "oldest_") || starts_with(x.name, "rule_last_"))
    i->second = std::max(i->second, x.value);
  else
    i->second += x.value;
}

std::map<labels, double> prometheus_text::values(std::string_view name) const {
  std::map<labels, double> result;
  auto i = families_.find(name);
  if (i != families_.end())
    for (auto& [key, value] : i->second.samples)
      if (key.first.empty())
        result.emplace(key.second, value);
  return result;
}

std::string prometheus_text::text() const {
  std::string out;
  auto head = [&](std::string_view name, const char* type) {
    out.append("# HELP ").append(name).append(" ");
    out.append(metric_help(name)).append("\n# TYPE ");
    out.append(name).append(" ").append(type).append("\n");
  };
  for (auto& [name, known] : families_) {
    auto has = [&, &samples = known.samples](const char* suffix) {
      auto i = samples.lower_bound({suffix, {}});
      return i != samples.end() && i->first.first == suffix;
    };
    if (has("_bucket")) {
      head(name, "histogram");
      append_histogram(out, name, known.samples);
      continue;
    }
    // Each suffix without buckets is a metric of its own.
    const std::string* before = nullptr;
    for (auto& [key, value] : known.samples) {
      auto full = name + key.first;
      std::string_view base = full;
      if (before == nullptr || *before != key.first)
        head(full, take_suffix(base, "_total") ? "counter" : "gauge");
      before = &key.first;
      append_sample(out, full, key.second, value);
    }
  }
  return out;
}

} // namespace rrdflow
