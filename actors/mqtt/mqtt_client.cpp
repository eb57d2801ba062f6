#include "actors/mqtt/mqtt_client.hpp"

#include "actors/mqtt/mqtt_worker.hpp"

#include <utility>

namespace rrdflow {

mqtt_client::mqtt_client(const mqtt_settings& settings,
                         std::shared_ptr<message_sink> sink)
  : worker_{std::make_shared<mqtt_worker>(settings, std::move(sink))} {
  worker_->start();
}

mqtt_client::~mqtt_client() {
  worker_->cut();
}

void mqtt_client::connect() {
  worker_->connect();
}

void mqtt_client::want(mqtt_filters x) {
  worker_->want(std::move(x));
}

void mqtt_client::publish(std::string topic, std::string payload) {
  worker_->publish(std::move(topic), std::move(payload));
}

void mqtt_client::stop() {
  worker_->stop();
}

void mqtt_client::cut() {
  worker_->cut();
}

mqtt_link mqtt_client::state() const {
  return worker_->state();
}

bool mqtt_client::subscribed() const {
  return state() == mqtt_link::up && worker_->intake().subscribed();
}

std::vector<mqtt_event> mqtt_client::events() {
  return worker_->events();
}

uint64_t mqtt_client::published() const {
  return worker_->published();
}

uint64_t mqtt_client::unpublished() const {
  return worker_->unpublished();
}

uint64_t mqtt_client::callback_errors() const {
  return worker_->intake().errors();
}

bool mqtt_client::starved() const {
  return worker_->intake().starved();
}

std::string mqtt_client::last_callback_error() const {
  return worker_->intake().last_error();
}

int64_t mqtt_client::dropped_by_broker() const {
  return worker_->intake().dropped();
}

std::string mqtt_client::broker_version() const {
  return worker_->intake().broker_version();
}

} // namespace rrdflow
