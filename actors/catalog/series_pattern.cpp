#include "actors/catalog/series_pattern.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

bool is_glob(std::string_view text) {
  return text.find_first_of("*?") != text.npos;
}

bool name_matches_glob(std::string_view glob, std::string_view name) {
  // Goes back to the last star only: never more than |glob| * |name| steps.
  size_t g = 0;
  size_t n = 0;
  auto star = glob.npos;
  size_t star_name = 0;
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_name = n;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == name[n])) {
      ++g;
      ++n;
    } else if (star != glob.npos) {
      g = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*')
    ++g;
  return g == glob.size();
}

bool name_contains(std::string_view name, std::string_view text) {
  return std::search(name.begin(), name.end(), text.begin(), text.end(),
                     [](char x, char y) { return lower(x) == lower(y); })
           != name.end()
         || text.empty();
}

} // namespace rrdflow
