#pragma once

#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace rrdflow::test {

/// Reads Prometheus text (format 0.0.4) more strictly than Prometheus: every
/// metric has HELP and TYPE, in this order and once, in front of all its
/// samples, which stand together; names and label values are well formed; no
/// sample comes twice; the buckets of a histogram ascend and end with +Inf,
/// which equals _count; counters end in _total and are not negative.
class prometheus_check {
public:
  explicit prometheus_check(const std::string& text) {
    if (text.empty() || text.back() == '\n') {
      std::istringstream in{text};
      for (std::string line; fault_.empty() && std::getline(in, line);)
        if (!read(line) && fault_.empty())
          fault_ = "malformed: " + line;
      finish_family();
    } else {
      fault_ = "no newline at the end";
    }
  }

  /// The first fault; empty: none.
  const std::string& fault() const {
    return fault_;
  }

  /// Value texts by name and labels as they stand.
  const std::map<std::string, std::string>& samples() const {
    return samples_;
  }

private:
  static bool name_char(char c, bool first) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (!first && c >= '0' && c <= '9');
  }

  static std::string take_name(const std::string& x, size_t& at) {
    auto begin = at;
    while (at < x.size() && name_char(x[at], at == begin))
      ++at;
    return x.substr(begin, at - begin);
  }

  bool wrong(const std::string& text) {
    if (fault_.empty())
      fault_ = text;
    return false;
  }

  bool read(const std::string& line) {
    size_t at = 7;
    if (line.compare(0, 7, "# HELP ") == 0) {
      finish_family();
      family_ = take_name(line, at);
      type_.clear();
      if (!families_.insert(family_).second)
        return wrong("twice: " + family_);
      return !family_.empty() && line.size() > at + 1 && line[at] == ' ';
    }
    if (line.compare(0, 7, "# TYPE ") == 0) {
      if (take_name(line, at) != family_ || !type_.empty())
        return wrong("TYPE without HELP: " + line);
      type_ = line.substr(std::min(at + 1, line.size()));
      auto total = family_.size() > 6
                   && family_.compare(family_.size() - 6, 6, "_total") == 0;
      if ((type_ == "counter") != total)
        return wrong("counter and _total: " + family_);
      return type_ == "counter" || type_ == "gauge" || type_ == "histogram";
    }
    return read_sample(line);
  }

  bool read_sample(const std::string& line) {
    size_t at = 0;
    auto name = take_name(line, at);
    std::string bound;
    if (at < line.size() && line[at] == '{')
      do {
        ++at;
        auto label = take_name(line, at);
        if (label.empty() || line.compare(at, 2, "=\"") != 0)
          return false;
        auto begin = at += 2;
        for (; at < line.size() && line[at] != '"'; ++at)
          if (line[at] == '\\'
              && std::string{"\\\"n"}.find(line[++at]) == std::string::npos)
            return false;
        if (label == "le")
          bound = line.substr(begin, at - begin);
        ++at;
      } while (at < line.size() && line[at] == ',');
    if (line.find('{') < line.find('"') && line[at++] != '}')
      return false;
    auto key = line.substr(0, at);
    if (line[at] != ' ')
      return false;
    auto value = line.substr(at + 1);
    char* end = nullptr;
    auto number = std::strtod(value.c_str(), &end);
    if (value.empty() || *end != '\0')
      return false;
    if (!samples_.emplace(key, value).second)
      return wrong("sample twice: " + key);
    if (type_ == "counter" && number < 0)
      return wrong("negative: " + key);
    if (type_ != "histogram")
      return !type_.empty() && name == family_;
    return read_histogram(name, bound, number);
  }

  bool read_histogram(const std::string& name, const std::string& bound,
                      double number) {
    if (name == family_ + "_bucket") {
      auto le = std::strtod(bound.c_str(), nullptr);
      if (in_buckets_ && (le <= last_bound_ || number < last_bucket_))
        return wrong("buckets: " + name);
      in_buckets_ = bound != "+Inf";
      last_bound_ = le;
      last_bucket_ = number;
      return true;
    }
    if (in_buckets_)
      return wrong("no +Inf: " + name);
    if (name == family_ + "_count" && number != last_bucket_)
      return wrong("count: " + name);
    return name == family_ + "_sum" || name == family_ + "_count";
  }

  void finish_family() {
    if (in_buckets_)
      wrong("no +Inf: " + family_);
    in_buckets_ = false;
  }

  std::string fault_;
  std::map<std::string, std::string> samples_;
  std::set<std::string> families_;
  std::string family_;
  std::string type_;
  bool in_buckets_ = false;
  double last_bound_ = 0;
  double last_bucket_ = 0;
};

} // namespace rrdflow::test
