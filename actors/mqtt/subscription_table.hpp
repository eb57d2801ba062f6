#pragma once

#include "config/rule_config.hpp"
#include "messages/request.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// The topic filters that the rules want, each once, in the order of the
/// rules: topics of all rules that do not drop, then those of the [[rrd]]
/// sources, and "/values/#" if one of these takes Janitoo's values.
std::vector<std::string> wanted_filters(const rules_config& x);

/// Remembers, over restarts, which filters the session at the broker holds and
/// under which subscription identifier. An identifier is never given to a
/// second filter.
///
/// The file is text with a checksum and is replaced as a whole, synced. All
/// members may be called from any thread.
class subscription_table {
public:
  /// The largest identifier that MQTT 5 knows.
  static constexpr uint32_t max_identifier = 268435455;

  /// Opens the table in `file`, which need not exist yet. Fails with
  /// ec::damaged if it is not a whole table.
  /// @param above the identifiers of a new table are: a session at the broker
  ///        may have those of a table that is lost
  static caf::expected<std::shared_ptr<subscription_table>>
  open(std::string file, uint32_t above = 0);

  /// A random `above`, for identifiers of three bytes on the wire.
  static uint32_t random_start();

  /// Makes `filters` those that are wanted and returns them in that order.
  /// Known ones keep their identifier, unless they were left out meanwhile:
  /// of two identifiers, the lower one has been in force for longer. The ones
  /// left out are to be unsubscribed. On an error nothing is changed.
  caf::expected<std::vector<subscription>>
  wanted(const std::vector<std::string>& filters);

  /// These are wanted besides those of every call of `wanted`, for messages
  /// that are not for the journal. To be called before.
  void want_also(std::vector<std::string> filters);

  /// Those of `want_also`, as the last call of `wanted` left them; a filter may
  /// be among both.
  std::vector<subscription> also_wanted() const;

  /// Filters that the broker may still hold, though they are not wanted.
  std::vector<std::string> unwanted() const;

  /// The same with their identifiers.
  std::vector<subscription> held() const;

  /// The identifiers of this table, all that it ever gave, are those from
  /// `first` to `second`.
  std::pair<uint32_t, uint32_t> given() const;

  /// The broker confirmed that it no longer holds this filter.
  caf::error unsubscribed(const std::string& filter);

private:
  struct entry {
    subscription value;
    bool wanted = false;
  };

  struct content {
    /// Below the lowest identifier ever given.
    uint32_t start = 0;

    /// The highest identifier ever given.
    uint32_t highest = 0;

    std::vector<entry> entries;
  };

  explicit subscription_table(std::string file) : file_{std::move(file)} {
    // nop
  }

  static std::string print(const content& x);
  static bool parse(const std::string& text, content& x);

  /// Replaces the file, then the content.
  caf::error store(content x);

  std::string file_;
  mutable std::mutex mutex_;
  content content_;
  std::vector<std::string> also_;
};

} // namespace rrdflow
