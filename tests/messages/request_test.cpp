#define CAF_SUITE request

#include "messages/request.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

CAF_TEST(requests survive packing) {
  rules_request rules;
  CAF_REQUIRE(
    unpack(pack(rules_request{"[store]", {{3, "a/#"}, {7, "+/b"}}}), rules));
  CAF_CHECK_EQUAL(rules.text, "[store]");
  CAF_REQUIRE_EQUAL(rules.subscriptions.size(), 2u);
  CAF_CHECK_EQUAL(rules.subscriptions[1].identifier, 7u);
  CAF_CHECK_EQUAL(rules.subscriptions[1].filter, "+/b");
  flush_request flush;
  CAF_REQUIRE(unpack(pack(flush_request{"a/b"}), flush));
  CAF_CHECK_EQUAL(flush.series, "a/b");
  retire_request retire;
  CAF_REQUIRE(unpack(pack(retire_request{{"x", "y"}, 1700000000}), retire));
  CAF_CHECK_EQUAL(retire.files.size(), 2u);
  CAF_CHECK_EQUAL(retire.idle_since, 1700000000);
  forget_request forget;
  CAF_REQUIRE(unpack(pack(forget_request{"a*", true}), forget));
  CAF_CHECK_EQUAL(forget.pattern, "a*");
  CAF_CHECK(forget.remove);
  dead_record dead;
  CAF_REQUIRE(unpack(pack(dead_record{4096, "cache-shard"}), dead));
  CAF_CHECK_EQUAL(dead.at, 4096u);
  CAF_CHECK_EQUAL(dead.why, "cache-shard");
}

CAF_TEST(damaged bytes are refused) {
  flush_request flush;
  CAF_CHECK(!unpack("", flush));
  CAF_CHECK(!unpack("\xdd\xff\xff\xff\xff", flush));
  CAF_CHECK(!unpack("\x91\x01", flush));
  auto bytes = pack(rules_request{"text", {{1, "a"}}});
  for (auto n = 0u; n < bytes.size(); ++n) {
    rules_request x;
    CAF_CHECK(!unpack(std::string_view{bytes}.substr(0, n), x));
  }
}
