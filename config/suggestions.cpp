#include "config/suggestions.hpp"

#include <algorithm>
#include <numeric>

namespace rrdflow {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// Levenshtein's distance; the case of letters does not count, and two
// neighbours that changed places count once.
size_t distance(std::string_view x, std::string_view y) {
  std::vector<size_t> before, last(y.size() + 1), now(y.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= x.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= y.size(); ++j) {
      auto differ = lower(x[i - 1]) != lower(y[j - 1]);
      now[j]
        = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + size_t{differ}});
      if (i > 1 && j > 1 && lower(x[i - 1]) == lower(y[j - 2])
          && lower(x[i - 2]) == lower(y[j - 1]))
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last[y.size()];
}

} // namespace

std::string
nearest(std::string_view word, const std::vector<std::string>& words) {
  std::string result;
  // Long words are garbage, and the distance is quadratic.
  if (word.size() > 64)
    return result;
  auto best = word.size() / 3 + 1;
  for (auto& x : words)
    if (auto d = distance(word, x); d < best) {
      best = d;
      result = x;
    }
  return result;
}

std::string
did_you_mean(std::string_view word, const std::vector<std::string>& words) {
  auto x = nearest(word, words);
  return x.empty() ? x : " (did you mean \"" + x + "\"?)";
}

} // namespace rrdflow
