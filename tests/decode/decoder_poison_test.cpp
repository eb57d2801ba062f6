#define CAF_SUITE decoder_poison

#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

#include <stdexcept>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct poison_fixture : decoder_fixture {
  poison_fixture() : decoder_fixture{2} {
    settings.before_record = [this](const journal_record& x) {
      if (x.topic == evil)
        throw std::runtime_error{"evil"};
    };
  }

  void message(int64_t second, const std::string& topic) {
    feed->message(n0 + second * 1000000000, topic, "1");
  }

  /// Decodes until it throws; whether it did.
  bool dies() {
    try {
      run();
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }

  size_t puts() const {
    size_t result = 0;
    for (auto& stream : out.streams)
      for (auto& x : stream)
        result += x.compare(0, 3, "put") == 0 ? 1 : 0;
    return result;
  }

  const decode_progress& progress() const {
    return *settings.progress;
  }

  std::string evil = "x/evil";
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(decoder_poison_tests, poison_fixture)

CAF_TEST(progress says between which positions a record failed) {
  for (auto i = 0; i < 20; ++i)
    message(i, i == 11 ? evil : "x/" + std::to_string(i % 3));
  begin(catch_all);
  CAF_REQUIRE(dies());
  CAF_CHECK(progress().answered <= 1100u);
  CAF_CHECK(progress().read >= 1200u);
  CAF_CHECK(progress().at_hand() == decode_progress::none);
}

CAF_TEST(a suspect is applied alone) {
  for (auto i = 0; i < 20; ++i)
    message(i, i == 11 ? evil : "x/" + std::to_string(i % 3));
  start.suspects = {500, 1500};
  begin(catch_all);
  CAF_REQUIRE(dies());
  CAF_CHECK_EQUAL(progress().at_hand(), 1100u);
  CAF_CHECK_EQUAL(progress().topic(), evil);
  CAF_CHECK_EQUAL(puts(), 11u);
}

CAF_TEST(suspects give the same streams as others) {
  evil.clear();
  recorder expected{2};
  for (auto i = 0; i < 40; ++i)
    message(i / 3, "x/" + std::to_string(i % 7));
  begin(catch_all);
  run();
  auto streams = out.streams;
  out.streams.assign(2, {});
  start.suspects = {1000, 3000};
  begin();
  run();
  CAF_CHECK_EQUAL(puts(), 40u);
  for (size_t i = 0; i < 2; ++i) {
    auto samples = [](const std::vector<std::string>& xs) {
      std::vector<std::string> result;
      std::copy_if(xs.begin(), xs.end(), std::back_inserter(result),
                   [](auto& x) { return x.compare(0, 3, "put") == 0; });
      return result;
    };
    CAF_CHECK_EQUAL(samples(streams[i]), samples(out.streams[i]));
  }
  CAF_CHECK(progress().at_hand() == decode_progress::none);
}

CAF_TEST(a suspect is not read ahead for the CATALOG) {
  for (auto i = 0; i < 10; ++i)
    message(0, "x/" + std::to_string(i));
  evil.clear();
  start.suspects = {500, 1000};
  begin(catch_all);
  uut->step(1000);
  CAF_REQUIRE_EQUAL(out.asked.size(), 1u);
  CAF_CHECK_EQUAL(out.asked.front().size(), 5u);
  run();
  CAF_CHECK_EQUAL(out.requests, 6u);
}

CAF_TEST(a poison message is dead and the counters add up) {
  for (auto i = 0; i < 20; ++i)
    message(i, i == 11 ? evil : "x/" + std::to_string(i % 3));
  start.poison.emplace(1100, "cache-shard ended over it twice");
  begin(catch_all);
  CAF_CHECK(!dies());
  CAF_CHECK_EQUAL(metric_of("messages_dead_total", "poison"), 1);
  CAF_CHECK_EQUAL(metric_of("messages_decoded_total"), 19);
  CAF_CHECK_EQUAL(uut->counters().messages(), 20u);
  auto& last = uut->counters().last_dead().back();
  CAF_CHECK_EQUAL(last.topic, evil);
  CAF_CHECK_EQUAL(last.reason, "poison");
}

CAF_TEST(a poison request is answered) {
  feed->request(record_kind::flush, n0, flush_request{});
  start.poison.emplace(0, "cache-shard ended over it twice");
  begin(catch_all);
  run();
  CAF_REQUIRE_EQUAL(out.outcomes.count(1), 1u);
  CAF_CHECK_EQUAL(out.outcomes[1].failures.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
