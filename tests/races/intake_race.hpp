#pragma once

#include "actors/mqtt/mqtt_intake.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace rrdflow::test {

/// paho's thread hands messages to an intake, whose filters, connection and
/// figures belong to MQTT_SOURCE, and every second one goes into the queue of
/// JANITOO_NODE. Returns what is wrong, or nothing.
class intake_race {
public:
  std::string run() {
    node_->wake_with([this] { ++wakes_; });
    intake_.filters({{{1, "a/#"}}, {}}, {{2, "n/#"}});
    std::thread receives{[this] { receive(); }};
    std::thread source{[this] { tend(); }};
    auto failure = take();
    receives.join();
    source.join();
    if (failure.empty() && sink_->taken != count)
      failure = "the sink has " + std::to_string(sink_->taken) + " messages";
    if (failure.empty() && wakes_ == 0)
      failure = "the node was never woken";
    return failure;
  }

private:
  static constexpr size_t count = 20000;

  struct counting_sink : message_sink {
    bool take(const incoming_message& x) override {
      if (x.topic.substr(0, 2) == "a/")
        ++taken;
      return true;
    }

    std::atomic<size_t> taken{0};
  };

  void receive() {
    incoming_message x;
    for (size_t i = 0; i < count; ++i) {
      auto payload = std::to_string(i);
      x.topic = "a/b";
      x.payload = payload;
      intake_.receive(x);
      // As many as the queue holds.
      while (i - taken_ >= node_queue::max_messages / 2 && !failed_)
        std::this_thread::yield();
      x.topic = "n/b";
      intake_.receive(x);
      x.topic = dropped_messages_topic;
      intake_.receive(x);
    }
    over_ = true;
  }

  void tend() {
    for (size_t i = 0; !over_; ++i) {
      intake_.filters(
        {{{1, "a/#"}, {3, "c/" + std::to_string(i)}}, {{4, "b/#"}}},
        {{2, "n/#"}});
      intake_.connection({});
      node_->link(i % 2 == 0);
      intake_.dropped();
      intake_.last_error();
      intake_.broker_version();
    }
  }

  std::string take() {
    while (taken_ < count) {
      for (auto& x : node_->take())
        if (x.payload != std::to_string(taken_++)) {
          failed_ = true;
          return "the node has " + x.payload + " too early";
        }
      node_->up();
      node_->too_many();
    }
    return {};
  }

  std::shared_ptr<counting_sink> sink_ = std::make_shared<counting_sink>();
  std::shared_ptr<node_queue> node_ = std::make_shared<node_queue>();
  mqtt_intake intake_{sink_, node_};
  std::atomic<size_t> taken_{0};
  std::atomic<size_t> wakes_{0};
  std::atomic<bool> over_{false};
  std::atomic<bool> failed_{false};
};

} // namespace rrdflow::test
