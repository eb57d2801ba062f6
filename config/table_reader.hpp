#pragma once

#include "config/issue_list.hpp"
#include "config/toml_value.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

/// Reads the keys of one TOML table into plain values, with their types and
/// units. What is missing leaves the value as it is; what is wrong does too,
/// and becomes an issue. When all keys were asked for, `finish` reports those
/// that nobody knows.
class table_reader {
public:
  /// @param name path of the table in messages, e.g. "rule.fields".
  table_reader(issue_list& issues, const toml_value& table, std::string name);

  /// The value of `key`, or null.
  const toml_value* find(std::string_view key);

  /// Like find, but reports a value of another kind and returns null then.
  const toml_value* find(std::string_view key, toml_value::kind expected);

  void read(std::string_view key, std::string& x);
  void read(std::string_view key, bool& x);
  void read(std::string_view key, std::vector<std::string>& x);

  /// An integer within [min, max].
  void read(std::string_view key, uint64_t& x, uint64_t min, uint64_t max);

  /// A finite number.
  void read(std::string_view key, double& x);

  /// A duration within [min, max], of whole milliseconds.
  void read(std::string_view key, std::chrono::milliseconds& x,
            std::chrono::milliseconds min, std::chrono::milliseconds max);

  /// A duration within [min, max], of whole seconds.
  void read(std::string_view key, std::chrono::seconds& x,
            std::chrono::seconds min, std::chrono::seconds max);

  /// A size of at least `min` bytes.
  void read_size(std::string_view key, uint64_t& x, uint64_t min);

  /// One of some words.
  template <class T>
  void read_word(std::string_view key, T& x,
                 const std::vector<std::pair<std::string, T>>& words) {
    std::vector<std::string> names;
    for (auto& word : words)
      names.push_back(word.first);
    if (auto i = index_of(key, names); i < words.size())
      x = words[i].second;
  }

  /// Reports the keys that nobody asked for.
  void finish();

  /// Where the value of `key` stands, or else the table.
  config_place place(std::string_view key) const;

  /// Where `item` stands in the array of strings `key`, or else its place.
  config_place place(std::string_view key, std::string_view item) const;

  issue_list& issues() noexcept {
    return issues_;
  }

private:
  // Index of the word that `key` holds, names.size() if it holds none of them.
  size_t index_of(std::string_view key, const std::vector<std::string>& names);

  issue_list& issues_;
  const toml_value& table_;
  std::string name_;
  std::vector<std::string> known_;
};

/// The whole seconds of `x`, a string like "10s", or none with an issue.
std::optional<std::chrono::seconds>
read_seconds(issue_list& issues, const toml_value& x, std::string_view key,
             std::chrono::seconds min, std::chrono::seconds max);

} // namespace rrdflow
