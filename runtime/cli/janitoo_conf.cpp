#include "runtime/cli/janitoo_conf.hpp"

#include "actors/base/utf8.hpp"
#include "config/address_syntax.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace rrdflow {

namespace {

constexpr auto blank = " \t\r\f\v";

std::string_view trim(std::string_view x) {
  auto begin = x.find_first_not_of(blank);
  if (begin == std::string_view::npos)
    return {};
  return x.substr(begin, x.find_last_not_of(blank) - begin + 1);
}

std::string lower(std::string_view x) {
  std::string result{x};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c + 32);
  return result;
}

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
  auto word = lower(line.substr(0, line.find_first_of(blank)));
  return word == "rem";
}

/// Without a comment behind it, which begins with " ;".
std::string_view cut_comment(std::string_view x) {
  for (auto at = x.find(';'); at != std::string_view::npos;
       at = x.find(';', at + 1))
    if (at > 0 && (x[at - 1] == ' ' || x[at - 1] == '\t'))
      return trim(x.substr(0, at));
  return x;
}

class parser {
public:
  explicit parser(janitoo_conf& out) : out_{out} {
    // nop
  }

  void line(std::string_view raw) {
    ++number_;
    auto text = trim(raw);
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
    if (out_.find(name) == nullptr)
      out_.sections.push_back({name, number_, {}, false});
    current_ = name;
  }

  void key(std::string_view text) {
    auto separator = text.find_first_of("=:");
    auto name = trim(text.substr(0, separator));
    if (separator == std::string_view::npos || name.empty())
      return out_.error(number_, "this is neither a [section] nor a key with "
                                 "its value");
    if (current_.empty())
      return out_.error(number_, "this stands in front of the first [section]");
    auto value = cut_comment(trim(text.substr(separator + 1)));
    if (value == "\"\"")
      value = {};
    // The last one counts.
    auto& entry = out_.find(current_)->keys[lower(name)];
    entry = {to_utf8(value), number_, false};
    entry_ = &entry;
  }

  janitoo_conf& out_;
  std::string current_;
  conf_entry* entry_ = nullptr;
  unsigned number_ = 0;
};

} // namespace

conf_section* janitoo_conf::find(std::string_view name) {
  auto i = std::find_if(sections.begin(), sections.end(),
                        [&](auto& x) { return x.name == name; });
  return i == sections.end() ? nullptr : &*i;
}

void janitoo_conf::error(unsigned line, std::string text) {
  errors.push_back({file, line, 1, std::move(text)});
}

janitoo_conf parse_janitoo_conf(std::string_view text, std::string file) {
  janitoo_conf result;
  result.file = std::move(file);
  parser reader{result};
  if (text.substr(0, 3) == "\xef\xbb\xbf")
    text.remove_prefix(3);
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    reader.line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (auto defaults = result.find("DEFAULT")) {
    auto keys = defaults->keys;
    result.sections.erase(result.sections.begin()
                          + (defaults - result.sections.data()));
    for (auto& x : result.sections)
      x.keys.insert(keys.begin(), keys.end());
  }
  return result;
}

conf_reader::conf_reader(janitoo_conf& conf, conf_section* section)
  : conf_{conf}, section_{section} {
  if (section_ != nullptr)
    section_->used = true;
}

const conf_entry* conf_reader::find(const std::string& key) {
  if (section_ == nullptr)
    return nullptr;
  auto i = section_->keys.find(key);
  if (i == section_->keys.end())
    return nullptr;
  i->second.used = true;
  return i->second.value.empty() ? nullptr : &i->second;
}

std::string
conf_reader::text(const std::string& key, const std::string& otherwise) {
  auto x = find(key);
  return x != nullptr ? x->value : otherwise;
}

bool conf_reader::flag(const std::string& key, bool otherwise) {
  auto x = find(key);
  if (x == nullptr)
    return otherwise;
  auto word = lower(x->value);
  return word == "1" || word == "yes" || word == "true" || word == "on";
}

int64_t conf_reader::number(const std::string& key, int64_t otherwise,
                            int64_t min, int64_t max) {
  auto x = find(key);
  if (x == nullptr)
    return otherwise;
  char* end = nullptr;
  auto value = std::strtod(x->value.c_str(), &end);
  if (*end == '\0' && std::floor(value) == value
      && value >= static_cast<double>(min) && value <= static_cast<double>(max))
    return static_cast<int64_t>(value);
  error(key, "\"" + x->value + "\" is no whole number from "
               + std::to_string(min) + " to " + std::to_string(max));
  return otherwise;
}

std::string conf_reader::address(const std::string& key) {
  auto x = find(key);
  if (x == nullptr)
    return {};
  if (is_janitoo_address(x->value))
    return x->value;
  error(key, "\"" + x->value + "\" is no address like \"0014/0001\"");
  return {};
}

void conf_reader::error(const std::string& key, const std::string& text) {
  auto i = section_->keys.find(key);
  auto line = i == section_->keys.end() ? section_->line : i->second.line;
  conf_.error(line, '[' + section_->name + "] " + key + ": " + text);
}

} // namespace rrdflow
