#include "runtime/cli/janitoo_conf.hpp"

#include "actors/base/utf8.hpp"
#include "config/addresses.hpp"
#include "config/ascii.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace rrdflow {

namespace {

bool is_utf8(std::string_view x) {
  while (!x.empty()) {
    auto n = first_character(x).size;
    if (n == 0)
      return false;
    x.remove_prefix(n);
  }
  return true;
}

/// What is no UTF-8 is taken for Latin-1.
std::string to_utf8(std::string_view x) {
  if (is_utf8(x))
    return std::string{x};
  std::string result;
  for (auto c : x) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      result += c;
    else
      result += {static_cast<char>(0xc0 | byte >> 6),
                 static_cast<char>(0x80 | (byte & 0x3f))};
  }
  return result;
}

bool is_comment(std::string_view line) {
  if (line.front() == '#' || line.front() == ';')
    return true;
  auto word = to_lower(line.substr(0, line.find_first_of(" \t\r\f\v")));
  return word == "rem";
}

/// Without a comment behind it, which begins with " ;".
std::string_view cut_comment(std::string_view x) {
  for (auto at = x.find(';'); at != std::string_view::npos;
       at = x.find(';', at + 1))
    if (at > 0 && (x[at - 1] == ' ' || x[at - 1] == '\t'))
      return trimmed(x.substr(0, at));
  return x;
}

} // namespace

class janitoo_conf::parser {
public:
  explicit parser(janitoo_conf& out) : out_{out} {
    // nop
  }

  void line(std::string_view raw) {
    ++number_;
    auto text = trimmed(raw);
    if (text.empty() || is_comment(text))
      return;
    if ((raw.front() == ' ' || raw.front() == '\t') && entry_ != nullptr) {
      entry_->value += '\n' + std::string{cut_comment(text)};
      return;
    }
    entry_ = nullptr;
    if (text.front() == '[')
      section(text);
    else
      key(text);
  }

private:
  void section(std::string_view text) {
    auto end = text.find(']');
    if (end == std::string_view::npos || end < 2)
      return out_.error(number_, "this is no [section]");
    std::string name{text.substr(1, end - 1)};
    current_ = out_.find(name);
    if (current_ == nullptr)
      current_
        = &out_.sections.emplace_back(conf_section{name, number_, {}, false});
  }

  void key(std::string_view text) {
    auto separator = text.find_first_of("=:");
    auto name = trimmed(text.substr(0, separator));
    if (separator == std::string_view::npos || name.empty())
      return out_.error(number_, "this is neither a [section] nor a key with "
                                 "its value");
    if (current_ == nullptr)
      return out_.error(number_, "this stands in front of the first [section]");
    auto value = cut_comment(trimmed(text.substr(separator + 1)));
    if (value == "\"\"")
      value = {};
    // The last one counts.
    entry_ = &current_->keys[to_lower(name)];
    *entry_ = {to_utf8(value), number_, false};
  }

  janitoo_conf& out_;
  conf_section* current_ = nullptr;
  conf_entry* entry_ = nullptr;
  unsigned number_ = 0;
};

const conf_entry* conf_section::find(const std::string& key) {
  auto i = keys.find(key);
  if (i == keys.end())
    return nullptr;
  i->second.used = true;
  return i->second.value.empty() ? nullptr : &i->second;
}

std::string
conf_section::text(const std::string& key, const std::string& otherwise) {
  auto x = find(key);
  return x != nullptr ? x->value : otherwise;
}

bool conf_section::flag(const std::string& key, bool otherwise) {
  auto x = find(key);
  if (x == nullptr)
    return otherwise;
  auto word = to_lower(x->value);
  return word == "1" || word == "yes" || word == "true" || word == "on";
}

janitoo_conf::janitoo_conf(std::string_view text, std::string file)
  : file_{std::move(file)} {
  parser reader{*this};
  if (text.substr(0, 3) == "\xef\xbb\xbf")
    text.remove_prefix(3);
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    reader.line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (auto defaults = find("DEFAULT")) {
    auto keys = defaults->keys;
    sections.remove_if([](auto& x) { return x.name == "DEFAULT"; });
    for (auto& x : sections)
      x.keys.insert(keys.begin(), keys.end());
  }
}

conf_section* janitoo_conf::find(std::string_view name) {
  auto i = std::find_if(sections.begin(), sections.end(),
                        [&](auto& x) { return x.name == name; });
  return i == sections.end() ? nullptr : &*i;
}

conf_section& janitoo_conf::use(std::string_view name) {
  auto found = find(name);
  auto& result = found != nullptr ? *found : missing_.emplace_back();
  result.used = true;
  return result;
}

int64_t janitoo_conf::number(conf_section& section, const std::string& key,
                             int64_t otherwise, int64_t min, int64_t max) {
  auto x = section.find(key);
  if (x == nullptr)
    return otherwise;
  char* end = nullptr;
  auto value = std::strtod(x->value.c_str(), &end);
  if (*end == '\0' && std::floor(value) == value
      && value >= static_cast<double>(min) && value <= static_cast<double>(max))
    return static_cast<int64_t>(value);
  error(section, key,
        "\"" + x->value + "\" is no whole number from " + std::to_string(min)
          + " to " + std::to_string(max));
  return otherwise;
}

std::string
janitoo_conf::address(conf_section& section, const std::string& key) {
  auto x = section.find(key);
  if (x == nullptr)
    return {};
  if (is_janitoo_address(x->value))
    return x->value;
  error(section, key, "\"" + x->value + "\" is no address like \"0014/0001\"");
  return {};
}

void janitoo_conf::error(unsigned line, std::string text) {
  errors.push_back({file_, line, 1, std::move(text)});
}

void janitoo_conf::error(const conf_section& section, const std::string& key,
                         const std::string& text) {
  auto i = section.keys.find(key);
  error(i == section.keys.end() ? section.line : i->second.line,
        '[' + section.name + "] " + key + ": " + text);
}

} // namespace rrdflow
