#pragma once

#include "config/toml_value.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

// The configuration as tables of keys. A key is described once: its name, the
// member of a struct that holds its value, the type with its bounds, and what
// the documentation says; the default is what a new struct has. The loader, the
// annotated configuration, the list of what only a restart applies and the
// values that can be set at run time are made from these tables.

/// How the values of a key are read from TOML and written as TOML.
template <class T>
struct value_type {
  /// Stores the value `x` of the key `name` in `out`, or reports why not.
  std::function<bool(issue_list& issues, const std::string& name,
                     const toml_value& x, T& out)>
    read;

  std::function<std::string(const T& x)> print;

  /// Durations are set in whole seconds at run time.
  bool duration = false;
};

/// What a table says about a property that it may leave to the table around.
template <class T>
struct setting {
  std::optional<T> value;

  /// Where it is said.
  config_place at;

  /// Whether the table itself says it: the value is neither a default nor that
  /// of the table around.
  bool own = false;
};

/// When another value of a key comes into force.
enum class applied : uint8_t {
  /// At the next start.
  at_start,
  /// At once, when the configuration is loaded anew.
  on_reload,
  /// As on_reload, by a record of the journal, so that a replay does the same
  /// at the same place.
  by_record,
};

/// What is known of a key besides its value.
struct key_facts {
  std::string name;

  /// What the annotated configuration says of it, in words that are wrapped
  /// there. Empty: it goes with the key before.
  std::string text;
  applied when = applied::at_start;
  bool duration = false;

  /// The node and the key by which a Janitoo controller sets it at run time;
  /// node "": an [[rrd]]. An empty key: it cannot be set.
  std::string node{};
  std::string node_key{};
};

/// A table of the file, for those who read it.
struct table_view {
  issue_list& issues;
  const toml_value& value;

  /// Its path in messages, e.g. "rule.fields"; empty: the whole file.
  std::string path;

  /// Where the value of `key` stands, or else the table.
  config_place place(std::string_view key) const;

  /// Where `item` stands in the array of strings `key`, or else its place.
  config_place place(std::string_view key, std::string_view item) const;

  /// Reports a mistake where `key` stands: "key: mistake". None if empty.
  void error(const std::string& key, const std::string& mistake) const;

  /// Reports each member that is none of `known`.
  void report_unknown(const std::vector<std::string>& known) const;
};

// An annotated configuration is made line by line.

/// Adds comments, wrapped.
void add_comment(std::string& out, std::string_view words);

/// Adds lines with `mark`, "" or "#", in front of each.
void add_lines(std::string& out, std::string_view lines, const char* mark);

template <class Struct>
struct key_table;

/// A key of tables that a `Struct` holds.
template <class Struct>
class key : public key_facts {
public:
  /// A value that `member`, of `Struct` or of one of its bases, holds.
  template <class Base, class T>
  key(const char* key_name, T Base::*member, value_type<T> type,
      const char* about)
    : key_facts{key_name, about} {
    duration = type.duration;
    read_ = [member, type, n = name](issue_list& issues, const toml_value& x,
                                     Struct& out) {
      if (auto value = out.*member; type.read(issues, n, x, value))
        out.*member = std::move(value);
    };
    print_ = [member, type](const Struct& x) { return type.print(x.*member); };
  }

  /// The same for what the table around may say.
  template <class Base, class T>
  key(const char* key_name, setting<T> Base::*member, value_type<T> type,
      const char* about)
    : key_facts{key_name, about} {
    duration = type.duration;
    read_ = [member, type, n = name](issue_list& issues, const toml_value& x,
                                     Struct& out) {
      auto& y = out.*member;
      y.at = x.at;
      if (T value{}; type.read(issues, n, x, value)) {
        y.value = std::move(value);
        y.own = true;
      }
    };
    print_ = [member, type](const Struct& x) {
      auto& y = x.*member;
      return y.value ? type.print(*y.value) : std::string{};
    };
  }

  /// A value that several members hold.
  key(const char* key_name, value_type<Struct> type, const char* about)
    : key_facts{key_name, about} {
    read_
      = [type, n = name](issue_list& issues, const toml_value& x, Struct& out) {
          if (auto value = out; type.read(issues, n, x, value))
            out = std::move(value);
        };
    print_ = type.print;
  }

  /// A table in the table.
  template <class Base, class Inner>
  key(Inner Base::*member, const key_table<Inner>& inner);

  /// Tables in the table: an array of tables like `example`, or, without one,
  /// [[name]] for each.
  template <class Base, class Inner>
  key(const char* key_name, std::vector<Inner> Base::*member,
      const key_table<Inner>& inner, std::string example = "",
      const char* about = "");

  // What is not usual.

  key on_reload() && {
    when = applied::on_reload;
    return std::move(*this);
  }

  key by_record() && {
    when = applied::by_record;
    return std::move(*this);
  }

  /// A Janitoo controller can set it.
  key set_by(const char* at_node, const char* as) && {
    node = at_node;
    node_key = as;
    return std::move(*this);
  }

  /// The documentation shows `x`, an example, instead of the default.
  key shown(std::string x) && {
    print_ = [example = std::move(x)](const Struct&) { return example; };
    return std::move(*this);
  }

  /// It has no effect any more: it is accepted, with a warning.
  static key retired(const char* key_name, const char* why) {
    key result{key_name};
    result.read_ = [=](issue_list& issues, const toml_value& x, Struct&) {
      issues.warning(x.at, std::string{key_name} + ": " + why);
    };
    return result;
  }

  void read(issue_list& issues, const toml_value& x, Struct& out) const {
    read_(issues, x, out);
  }

  void print(std::string& out, const Struct& x, const char* mark) const {
    if (print_section_)
      return print_section_(out, x);
    if (!print_)
      return;
    add_comment(out, text);
    add_lines(out, name + " = " + print_(x), mark);
  }

  /// Adds the paths of the keys that differ and that only a restart applies.
  void add_changes(const Struct& x, const Struct& y, const std::string& path,
                   std::vector<std::string>& out) const {
    if (changes_)
      changes_(x, y, out);
    else if (print_ && when == applied::at_start && print_(x) != print_(y))
      out.push_back(path + name);
  }

  /// Adds what is known of it, or of the keys in it, with their tables' paths.
  void add_facts(const std::string& path,
                 std::vector<std::pair<std::string, key_facts>>& out) const {
    if (facts_)
      facts_(out);
    else
      out.emplace_back(path, *this);
  }

private:
  explicit key(const char* key_name) : key_facts{key_name, ""} {
    // nop
  }

  std::function<void(issue_list&, const toml_value&, Struct&)> read_;
  std::function<std::string(const Struct&)> print_;

  // Of a table.
  std::function<void(std::string&, const Struct&)> print_section_;
  std::function<void(const Struct&, const Struct&, std::vector<std::string>&)>
    changes_;
  std::function<void(std::vector<std::pair<std::string, key_facts>>&)> facts_;
};

/// All keys of one table.
template <class Struct>
struct key_table {
  /// Its path, e.g. "mqtt.tls".
  std::string path;

  /// What the annotated configuration says of the table.
  std::string text;

  std::vector<key<Struct>> keys;

  /// Checks what keys say together and completes `x`; may be null.
  void (*finish)(const table_view& table, Struct& x) = nullptr;

  /// The path of a key without its name.
  std::string front() const {
    return path.empty() ? path : path + '.';
  }

  void read(issue_list& issues, const toml_value& table, Struct& x) const {
    std::vector<std::string> known;
    for (auto& key : keys) {
      known.push_back(key.name);
      if (auto value = table.find(key.name))
        key.read(issues, *value, x);
    }
    table_view view{issues, table, path};
    view.report_unknown(known);
    if (finish)
      finish(view, x);
  }

  void print(std::string& out, const Struct& x, const char* mark) const {
    for (auto& key : keys)
      key.print(out, x, mark);
  }

  void add_changes(const Struct& x, const Struct& y,
                   std::vector<std::string>& out) const {
    for (auto& key : keys)
      key.add_changes(x, y, front(), out);
  }

  void add_facts(std::vector<std::pair<std::string, key_facts>>& out) const {
    for (auto& key : keys)
      key.add_facts(front(), out);
  }
};

/// Whether `x` is a table; reports if not.
bool is_table(issue_list& issues, const std::string& name, const toml_value& x);

/// Whether `x` holds only tables; reports if not. `example` is for messages;
/// empty: they are written [[name]].
bool are_tables(issue_list& issues, const std::string& name,
                const toml_value& x, const std::string& example);

template <class Struct>
template <class Base, class Inner>
key<Struct>::key(Inner Base::*member, const key_table<Inner>& inner)
  : key_facts{inner.path.substr(inner.path.rfind('.') + 1), inner.text} {
  read_ = [member, &inner, n = name](issue_list& issues, const toml_value& x,
                                     Struct& out) {
    if (is_table(issues, n, x))
      inner.read(issues, x, out.*member);
  };
  print_section_ = [member, &inner](std::string& out, const Struct& x) {
    add_lines(out, "", "");
    add_comment(out, inner.text);
    add_lines(out, '[' + inner.path + ']', "");
    inner.print(out, x.*member, "");
  };
  changes_ = [member, &inner](const Struct& x, const Struct& y,
                              std::vector<std::string>& out) {
    inner.add_changes(x.*member, y.*member, out);
  };
  facts_ = [&inner](auto& out) { inner.add_facts(out); };
}

template <class Struct>
template <class Base, class Inner>
key<Struct>::key(const char* key_name, std::vector<Inner> Base::*member,
                 const key_table<Inner>& inner, std::string example,
                 const char* about)
  : key_facts{key_name, about} {
  read_ = [=, &inner, n = name](issue_list& issues, const toml_value& x,
                                Struct& out) {
    if (!are_tables(issues, n, x, example))
      return;
    for (auto& item : x.items)
      if (item.type == toml_value::kind::table) {
        Inner value;
        inner.read(issues, item, value);
        (out.*member).push_back(std::move(value));
      }
  };
  facts_ = [&inner](auto& out) { inner.add_facts(out); };
}

// ---- types of values --------------------------------------------------------

/// Says why a value is wrong; empty: it is not.
template <class T>
using value_check = std::function<std::string(const T&)>;

value_type<bool> boolean();

/// A text. `check` may be null.
value_type<std::string> text(value_check<std::string> check = nullptr);

/// Texts, each of which `check` may refuse.
value_type<std::vector<std::string>>
texts(value_check<std::string> check = nullptr);

/// A duration within [min, max]; in whole seconds if it is kept so.
value_type<std::chrono::seconds>
seconds(std::chrono::seconds min, std::chrono::seconds max);
value_type<std::chrono::milliseconds>
milliseconds(std::chrono::milliseconds min, std::chrono::milliseconds max);

/// A size in bytes.
value_type<uint64_t> size(uint64_t min);

/// A finite number. `check` says how it "must be".
value_type<double> number(value_check<double> check = nullptr);

/// An integer within [min, max].
value_type<uint64_t> integer(uint64_t min, uint64_t max);

/// An integer of another type.
template <class T>
value_type<T> integer(uint64_t min, uint64_t max) {
  auto whole = integer(min, max);
  value_type<T> result;
  result.read = [whole](auto& issues, auto& name, auto& x, T& out) {
    uint64_t y = 0;
    if (!whole.read(issues, name, x, y))
      return false;
    out = static_cast<T>(y);
    return true;
  };
  result.print = [](T x) { return std::to_string(x); };
  return result;
}

/// The index of the word that `x` is, or names.size() with an issue. Words that
/// are `planned` are refused as not built yet.
size_t index_of(issue_list& issues, const std::string& name,
                const toml_value& x, const std::vector<std::string>& names,
                const std::vector<std::string>& planned);

/// One of some words.
template <class T>
value_type<T> words(std::vector<std::pair<std::string, T>> all,
                    std::vector<std::string> planned = {}) {
  std::vector<std::string> names;
  for (auto& x : all)
    names.push_back(x.first);
  value_type<T> result;
  result.read = [=](auto& issues, auto& name, auto& x, T& out) {
    auto i = index_of(issues, name, x, names, planned);
    if (i < all.size())
      out = all[i].second;
    return i < all.size();
  };
  result.print = [=](T x) {
    for (auto& [word, value] : all)
      if (value == x)
        return toml_quoted(word);
    return std::string{};
  };
  return result;
}

/// Enumerators by their names.
template <class T>
value_type<T> names_of(std::initializer_list<T> all) {
  std::vector<std::pair<std::string, T>> result;
  for (auto x : all)
    result.emplace_back(to_string(x), x);
  return words(std::move(result));
}

/// A text that a `T` is made of, with the members `text` and `mistake`.
template <class T>
value_type<T> parsed() {
  value_type<T> result;
  result.read = [](auto& issues, auto& name, auto& x, T& out) {
    std::string plain;
    if (!text().read(issues, name, x, plain))
      return false;
    out = T{plain};
    return out.mistake.empty() || issues.error(x.at, name + ": " + out.mistake);
  };
  result.print = [](auto& x) { return toml_quoted(x.text); };
  return result;
}

/// Such texts.
template <class T>
value_type<std::vector<T>> parsed_list() {
  value_type<std::vector<T>> result;
  auto plain = texts([](auto& x) { return T{x}.mistake; });
  result.read = [plain](auto& issues, auto& name, auto& x, auto& out) {
    std::vector<std::string> list;
    if (!plain.read(issues, name, x, list))
      return false;
    out.assign(list.begin(), list.end());
    return true;
  };
  result.print = [plain](auto& xs) {
    std::vector<std::string> list;
    for (auto& x : xs)
      list.push_back(x.text);
    return plain.print(list);
  };
  return result;
}

// ---- suggestions ------------------------------------------------------------

/// The word nearest to `word`, if one is near enough to be meant: at most a
/// third of its letters away. Else empty.
std::string
nearest(std::string_view word, const std::vector<std::string>& words);

/// ` (did you mean "..."?)` for the nearest word, or nothing.
std::string
did_you_mean(std::string_view word, const std::vector<std::string>& words);

} // namespace rrdflow
