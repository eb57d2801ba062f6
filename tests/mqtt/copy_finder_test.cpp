#define CAF_SUITE copy_finder

#include "actors/mqtt/mqtt_intake.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

using ids = std::vector<uint32_t>;

struct fixture {
  copy_finder uut;

  fixture() {
    uut.set({{{3, "a/+"}, {5, "+/x"}}, {{1, "a/#"}}, {1, 9}});
  }

  bool is_copy(const std::string& payload, const ids& identifiers,
               bool duplicate = false, bool retained = false) {
    incoming_message x;
    x.topic = "a/x";
    x.payload = payload;
    x.identifiers = identifiers.data();
    x.identifier_count = identifiers.size();
    x.duplicate = duplicate;
    x.retained = retained;
    return uut.is_copy(x);
  }

  /// Copies of equal messages in a row, as they are delivered: "1 3 3".
  /// Returns how many count, if the filters are as the fixture has them.
  size_t counted(const std::string& payload, const ids& copies) {
    size_t result = 0;
    for (auto x : copies)
      result += !is_copy(payload, {x}) && x != 5;
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(copy_finder_tests, fixture)

CAF_TEST(copies under a filter that is no longer wanted are found) {
  CAF_CHECK_EQUAL(counted("1", {3, 1}), 1u);
  CAF_CHECK_EQUAL(counted("2", {1, 3}), 1u);
  CAF_MESSAGE("beside those that the decoder finds");
  CAF_CHECK_EQUAL(counted("3", {3, 5, 1}), 1u);
  CAF_CHECK_EQUAL(counted("4", {5, 3, 1}), 1u);
  CAF_CHECK_EQUAL(counted("5", {1, 3, 5}), 1u);
  CAF_MESSAGE("alone");
  CAF_CHECK_EQUAL(counted("6", {1}), 1u);
  CAF_CHECK_EQUAL(counted("7", {3}), 1u);
}

CAF_TEST(equal messages in a row count at least once each) {
  CAF_MESSAGE("the wanted filter's copy first");
  CAF_CHECK_EQUAL(counted("1", {1, 1, 3, 1, 3, 1, 3}), 5u);
  CAF_CHECK_EQUAL(counted("2", {1, 3, 1, 3, 1, 3}), 4u);
  CAF_MESSAGE("or last: not told from the other case at once");
  CAF_CHECK_LESS_OR_EQUAL(5u, counted("3", {1, 1, 1, 3, 1, 3, 3}));
  CAF_CHECK_LESS_OR_EQUAL(3u, counted("4", {1, 3, 1, 3, 3}));
}

CAF_TEST(what comes when the broker has let go is another message) {
  CAF_CHECK(!is_copy("1", {1}));
  uut.gone("a/#");
  CAF_CHECK(!is_copy("1", {3}));
  CAF_MESSAGE("the other way round it came before");
  CAF_CHECK(!is_copy("2", {3}));
  CAF_CHECK(is_copy("2", {1}));
}

CAF_TEST(filters of a lost store are never let go) {
  CAF_CHECK(!is_copy("1", {70}));
  CAF_CHECK(is_copy("1", {3}));
  CAF_MESSAGE("one that this store has let go");
  CAF_CHECK(!is_copy("2", {2}));
  CAF_CHECK(!is_copy("2", {3}));
}

CAF_TEST(a filter that only seems to be older does not count) {
  CAF_CHECK(!is_copy("1", {5}));
  CAF_CHECK(!is_copy("1", {1}));
}

CAF_TEST(messages that are sent again are no copies) {
  CAF_CHECK(!is_copy("1", {3}));
  CAF_CHECK(!is_copy("1", {1}, true));
  CAF_CHECK(!is_copy("2", {3}));
  CAF_CHECK(!is_copy("2", {1}, false, true));
  CAF_CHECK(!is_copy("3", {3}));
  uut.forget();
  CAF_CHECK(!is_copy("3", {1}));
  CAF_CHECK(!is_copy("4", {}));
  CAF_CHECK(!is_copy("4", {}));
}

CAF_TEST_FIXTURE_SCOPE_END()
