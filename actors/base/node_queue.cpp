#include "actors/base/node_queue.hpp"

#include <utility>

namespace rrdflow {

namespace {

size_t bytes_of(std::string_view topic, std::string_view payload) {
  return topic.size() + payload.size();
}

} // namespace

void node_queue::offer(std::string_view topic,
                       std::string_view payload) noexcept {
  if (topic.size() > max_topic || payload.size() > max_payload) {
    ++too_large_;
    return;
  }
  try {
    std::lock_guard<std::mutex> guard{mutex_};
    if (waiting_.size() < max_messages
        && bytes_ + bytes_of(topic, payload) <= max_waiting) {
      waiting_.push_back({std::string{topic}, std::string{payload}});
      bytes_ += bytes_of(topic, payload);
      wake();
      return;
    }
  } catch (...) {
    // No memory: dropped, too.
  }
  ++too_many_;
}

void node_queue::link(bool up) {
  std::lock_guard<std::mutex> guard{mutex_};
  if (up)
    ++connections_;
  up_ = up;
  wake();
}

void node_queue::wake_with(std::function<void()> wake_now) {
  std::lock_guard<std::mutex> guard{mutex_};
  wake_ = std::move(wake_now);
  woken_ = false;
  wake();
}

std::vector<node_message> node_queue::take(size_t n) {
  std::lock_guard<std::mutex> guard{mutex_};
  std::vector<node_message> result;
  for (; !waiting_.empty() && result.size() < n; waiting_.pop_front()) {
    bytes_ -= bytes_of(waiting_.front().topic, waiting_.front().payload);
    result.push_back(std::move(waiting_.front()));
  }
  woken_ = false;
  if (!waiting_.empty())
    wake();
  return result;
}

void node_queue::wake() {
  if (woken_ || !wake_)
    return;
  wake_();
  woken_ = true;
}

} // namespace rrdflow
