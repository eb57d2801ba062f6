#define CAF_SUITE node_queue

#include "actors/base/node_queue.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

CAF_TEST(messages wait in order until they are taken) {
  node_queue line;
  line.offer("a", "1");
  line.offer("b", "2");
  auto xs = line.take();
  CAF_REQUIRE_EQUAL(xs.size(), 2u);
  CAF_CHECK_EQUAL(xs[0].topic + xs[0].payload, "a1");
  CAF_CHECK_EQUAL(xs[1].topic + xs[1].payload, "b2");
  CAF_CHECK(line.take().empty());
}

CAF_TEST(what is too large is counted and dropped) {
  node_queue line;
  line.offer("a", std::string(node_queue::max_payload, 'x'));
  line.offer("a", std::string(node_queue::max_payload + 1, 'x'));
  CAF_CHECK_EQUAL(line.take().size(), 1u);
  CAF_CHECK_EQUAL(line.too_large(), 1u);
  CAF_MESSAGE("topics, too");
  line.offer(std::string(node_queue::max_topic, 't'), "1");
  line.offer(std::string(node_queue::max_topic + 1, 't'), "1");
  line.offer(std::string(65535, 't'), "");
  CAF_CHECK_EQUAL(line.take().size(), 1u);
  CAF_CHECK_EQUAL(line.too_large(), 3u);
  CAF_CHECK_EQUAL(line.too_many(), 0u);
}

CAF_TEST(what is too much is counted and dropped) {
  node_queue line;
  for (size_t i = 0; i < node_queue::max_messages + 5; ++i)
    line.offer("a", "1");
  CAF_CHECK_EQUAL(line.too_many(), 5u);
  CAF_CHECK_EQUAL(line.take().size(), node_queue::max_messages);
  CAF_MESSAGE("bytes count, too");
  const std::string topic(node_queue::max_topic, 't');
  const std::string large(node_queue::max_payload, 'x');
  const auto room = node_queue::max_waiting / (topic.size() + large.size());
  for (size_t i = 0; i < room + 3; ++i)
    line.offer(topic, large);
  CAF_CHECK_EQUAL(line.too_many(), 8u);
  CAF_MESSAGE("and are given back");
  for (auto i = 0; i < 3; ++i) {
    CAF_CHECK_EQUAL(line.take().size(), room);
    for (size_t n = 0; n < room; ++n)
      line.offer(topic, large);
  }
  CAF_CHECK_EQUAL(line.too_many(), 8u);
}

CAF_TEST(a part of them may be taken) {
  node_queue line;
  auto woken = 0;
  line.wake_with([&] { ++woken; });
  for (auto i = 0; i < 5; ++i)
    line.offer("a", std::to_string(i));
  auto xs = line.take(3);
  CAF_REQUIRE_EQUAL(xs.size(), 3u);
  CAF_CHECK_EQUAL(xs[2].payload, "2");
  CAF_CHECK_EQUAL(woken, 2);
  xs = line.take(3);
  CAF_REQUIRE_EQUAL(xs.size(), 2u);
  CAF_CHECK_EQUAL(xs[0].payload, "3");
}

CAF_TEST(it wakes once until the next take) {
  node_queue line;
  auto woken = 0;
  line.offer("a", "1");
  line.wake_with([&] { ++woken; });
  CAF_CHECK_EQUAL(woken, 1);
  line.offer("a", "2");
  line.link(true);
  CAF_CHECK_EQUAL(woken, 1);
  CAF_CHECK(line.up());
  CAF_CHECK_EQUAL(line.connections(), 1u);
  line.take();
  line.link(false);
  line.offer("a", "3");
  CAF_CHECK_EQUAL(woken, 2);
  CAF_CHECK(!line.up());
}
