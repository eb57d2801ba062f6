#define CAF_SUITE path_index

#include "actors/catalog/path_index.hpp"
#include "tests/test.hpp"

#include <map>
#include <random>
#include <string>

using namespace rrdflow;

CAF_TEST(any order of insertions and removals equals a map) {
  for (auto seed = 0u; seed < 40; ++seed) {
    std::mt19937 random{seed};
    file_names names;
    path_index uut{names};
    // What is in it, by key, and what was once.
    std::map<uint64_t, file_id> expected;
    std::vector<file_id> gone;
    for (auto i = 0; i < 1500; ++i) {
      // At last nothing is left.
      if (random() % 3 == 0 || i > 1000) {
        if (expected.empty())
          continue;
        auto victim = std::next(expected.begin(),
                                static_cast<long>(random() % expected.size()));
        uut.erase(victim->second);
        gone.push_back(victim->second);
        expected.erase(victim);
      } else if (!gone.empty() && random() % 4 == 0) {
        // The name comes again, with another id.
        auto id = names.add(std::string{names.path(gone.back())});
        gone.pop_back();
        expected[names.key(id)] = id;
        uut.insert(id);
      } else {
        auto id = names.add("hall/" + std::to_string(names.size()));
        expected[names.key(id)] = id;
        uut.insert(id);
      }
      CAF_REQUIRE_EQUAL(uut.size(), expected.size());
      if (i % 50 != 0)
        continue;
      size_t differ = 0;
      for (file_id id = 0; id < names.size(); ++id) {
        auto found = uut.find(names.key(id));
        auto wanted = expected.find(names.key(id));
        differ += wanted == expected.end() ? found.has_value()
                                           : found != wanted->second;
      }
      CAF_REQUIRE_EQUAL(differ, 0u);
    }
  }
}

CAF_TEST(one that is not in it cannot be erased) {
  file_names names;
  path_index uut{names};
  auto x = names.add("x");
  uut.erase(x);
  CAF_CHECK(!uut.find(names.key(x)));
  uut.insert(x);
  // An id of an earlier owner of the name.
  auto y = names.add("x");
  uut.erase(y);
  CAF_CHECK(uut.find(names.key(x)) == x);
}
