#pragma once

#include <string_view>

namespace rrdflow {

/// Whether an MQTT topic filter matches a topic: `+` stands for one level, `#`
/// at the end for any number, none included; neither at the beginning matches a
/// topic that begins with `$`. The prefix `$share/GROUP/` of a shared
/// subscription is passed over.
bool topic_matches(std::string_view filter, std::string_view topic) noexcept;

/// Whether a topic is fit to be taken: valid UTF-8, not empty, no wildcards, no
/// NUL and no control characters. Brokers differ in what they let through.
bool is_good_topic(std::string_view topic) noexcept;

/// Calls `f` with each level, in order; an empty text is one empty level.
template <class F>
void for_each_level(std::string_view text, F f) {
  for (;;) {
    auto slash = text.find('/');
    f(text.substr(0, slash));
    if (slash == std::string_view::npos)
      return;
    text.remove_prefix(slash + 1);
  }
}

} // namespace rrdflow
