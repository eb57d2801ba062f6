#include "actors/decode/topic_filter.hpp"

#include "actors/base/utf8.hpp"

namespace rrdflow {

namespace {

std::string_view without_share(std::string_view filter) noexcept {
  constexpr std::string_view share = "$share/";
  if (filter.substr(0, share.size()) != share)
    return filter;
  auto slash = filter.find('/', share.size());
  return slash == std::string_view::npos ? filter : filter.substr(slash + 1);
}

/// A text and how far its levels were read.
struct level_reader {
  std::string_view text;

  /// Where the next level begins; one behind the end: none is left.
  size_t at = 0;

  bool done() const noexcept {
    return at > text.size();
  }

  /// All levels that are left.
  /// @pre some are
  std::string_view rest() const noexcept {
    return text.substr(at);
  }

  std::string_view level() const noexcept {
    return text.substr(at, text.find('/', at) - at);
  }

  void skip() noexcept {
    at += level().size() + 1;
  }
};

} // namespace

bool topic_matches(std::string_view filter, std::string_view topic) noexcept {
  filter = without_share(filter);
  if (filter.empty() || topic.empty())
    return false;
  if (topic.front() == '$' && (filter.front() == '+' || filter.front() == '#'))
    return false;
  level_reader want{filter};
  level_reader have{topic};
  for (; !want.done(); want.skip(), have.skip()) {
    // "a/#" matches "a", too.
    if (want.rest() == "#")
      return true;
    if (have.done() || (want.level() != "+" && want.level() != have.level()))
      return false;
  }
  return have.done();
}

bool is_good_topic(std::string_view topic) noexcept {
  if (topic.empty())
    return false;
  while (!topic.empty()) {
    auto [code, size] = first_character(topic);
    auto control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    if (size == 0 || control || code == '+' || code == '#')
      return false;
    topic.remove_prefix(size);
  }
  return true;
}

bool field_matches(std::string_view pattern, std::string_view path) noexcept {
  level_reader want{pattern};
  level_reader have{path};
  // Where to go on if a match fails behind the last "**": that one takes one
  // level more.
  auto starred = false;
  level_reader star_want;
  level_reader star_have;
  for (;;) {
    if (!want.done() && want.level() == "**") {
      want.skip();
      starred = true;
      star_want = want;
      star_have = have;
    } else if (have.done() && want.done()) {
      return true;
    } else if (!have.done() && !want.done()
               && (want.level() == "*" || want.level() == have.level())) {
      want.skip();
      have.skip();
    } else if (starred && !star_have.done()) {
      star_have.skip();
      want = star_want;
      have = star_have;
    } else {
      return false;
    }
  }
}

} // namespace rrdflow
