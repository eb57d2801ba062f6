#define CAF_SUITE topic_table

#include "actors/decode/topic_table.hpp"
#include "tests/test.hpp"

#include <map>
#include <random>
#include <set>
#include <string>

using namespace rrdflow;

namespace {

topic_entry* find(topic_table& x, const std::string& topic) {
  return x.find(topic);
}

/// A topic with one field, which has a file or not.
topic_entry& add(topic_table& x, const std::string& topic, bool has_file) {
  topic_route route;
  route.rule = 7;
  route.identifier = 9;
  auto& result = x.add(topic, route);
  x.add_field(result.fields, "path/of/" + topic.substr(0, 1), {3});
  if (has_file)
    result.fields[0].state = binding_state::resolved;
  return result;
}

} // namespace

CAF_TEST(a topic is found as it was added) {
  topic_table uut{1};
  CAF_CHECK(find(uut, "a/b") == nullptr);
  topic_route route;
  route.rule = 7;
  route.identifier = 9;
  route.sources = {4, 5};
  auto& x = uut.add("a/b", route);
  CAF_CHECK(find(uut, "a/b") == &x);
  CAF_CHECK(find(uut, "a/c") == nullptr);
  CAF_CHECK_EQUAL(x.topic(), "a/b");
  CAF_CHECK_EQUAL(x.rule, 7u);
  CAF_CHECK_EQUAL(x.identifier, 9u);
  CAF_REQUIRE(x.sources);
  CAF_CHECK(x.sources->groups == route.sources);
  auto longest = std::string(65535, 't');
  CAF_CHECK(uut.add(longest, {}).topic() == longest);
  CAF_CHECK(find(uut, longest) != nullptr);
  CAF_CHECK(!find(uut, longest)->sources);
}

CAF_TEST(entries stay where they are while others come and go) {
  topic_table uut{42};
  std::map<std::string, topic_entry*> known;
  std::set<std::string> kept;
  std::mt19937 random{7};
  for (auto i = 0; i < 200000; ++i) {
    auto topic = std::to_string(random() % 40000);
    auto* x = find(uut, topic);
    auto j = known.find(topic);
    CAF_REQUIRE_EQUAL(x, j == known.end() ? nullptr : j->second);
    if (x == nullptr) {
      auto keep = random() % 8 == 0;
      known[topic] = &add(uut, topic, keep);
      if (keep)
        kept.insert(topic);
    }
    if (i % 1000 != 0)
      continue;
    uut.tidy(2000, 1000000);
    for (auto k = known.begin(); k != known.end();)
      k = find(uut, k->first) == nullptr ? known.erase(k) : std::next(k);
    CAF_REQUIRE_EQUAL(known.size(), uut.size());
    for (auto& k : kept)
      CAF_REQUIRE(known.count(k) == 1);
  }
  CAF_CHECK(kept.size() > 1000);
  CAF_MESSAGE("what is left over has files");
  uut.tidy(0, 1000000);
  CAF_CHECK_EQUAL(uut.size(), kept.size());
  size_t seen = 0;
  uut.for_each([&](topic_entry& x, field_map& xs) {
    ++seen;
    CAF_REQUIRE(kept.count(std::string{x.topic()}) == 1);
    CAF_REQUIRE_EQUAL(xs.size(), 1u);
    CAF_REQUIRE_EQUAL(xs[0].path.text(),
                      "path/of/" + std::string{x.topic()[0]});
  });
  CAF_CHECK_EQUAL(seen, kept.size());
  CAF_CHECK_EQUAL(uut.paths(), 9u + 1);
  uut.clear();
  CAF_CHECK_EQUAL(uut.size(), 0u);
  CAF_CHECK_EQUAL(uut.paths(), 0u);
  CAF_CHECK(find(uut, *kept.begin()) == nullptr);
  add(uut, "again", true);
  CAF_CHECK(find(uut, "again") != nullptr);
}

CAF_TEST(a table that is too large keeps what has a file or nothing) {
  topic_table uut{1};
  auto fill = [&](int topics) {
    for (auto i = 0; i < topics; ++i) {
      auto& x = add(uut, std::to_string(i), true);
      for (auto field : {"a", "b", "c", "d", "e", "f", "g", "h", "i"})
        uut.add_field(x.fields, field, {3});
    }
  };
  fill(100);
  uut.tidy(1000, 1000);
  CAF_CHECK_EQUAL(uut.size(), 100u);
  uut.for_each(
    [](topic_entry&, field_map& xs) { CAF_REQUIRE_EQUAL(xs.size(), 1u); });
  CAF_CHECK(find(uut, "99") != nullptr);
  uut.clear();
  fill(400);
  uut.tidy(1000, 1000);
  CAF_CHECK_EQUAL(uut.size(), 0u);
}

CAF_TEST(topics of one hash but for the seed are told apart) {
  topic_table one{1};
  topic_table other{2};
  size_t same = 0;
  for (auto i = 0; i < 1000; ++i) {
    auto topic = std::to_string(i);
    same += one.hash(topic) % 1024 == other.hash(topic) % 1024 ? 1u : 0u;
  }
  CAF_CHECK(same < 20);
}
