#include "actors/decode/field_pattern.hpp"

namespace rrdflow {

namespace {

/// A text and how far its levels were read.
struct level_reader {
  std::string_view text;

  /// Where the next level begins; one behind the end: none is left.
  size_t at = 0;

  bool done() const noexcept {
    return at > text.size();
  }

  std::string_view level() const noexcept {
    return text.substr(at, text.find('/', at) - at);
  }

  void skip() noexcept {
    at += level().size() + 1;
  }
};

} // namespace

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
