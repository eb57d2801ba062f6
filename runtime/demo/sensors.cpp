#include "runtime/demo/sensors.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace rrdflow {

namespace {

constexpr double day = 86400;
constexpr double pi = 3.14159265358979323846;

template <class... Ts>
std::string format(const char* pattern, Ts... xs) {
  char result[256];
  std::snprintf(result, sizeof(result), pattern, xs...);
  return result;
}

/// Between -1 (before dawn) and 1 (in the afternoon).
double daylight(double now, double phase) {
  return std::sin((now / day + phase) * 2 * pi - 2);
}

} // namespace

sensor_network::sensor_network(size_t sensors, uint64_t seed) : random_{seed} {
  // Of ten sensors: four rooms, two meters, two switches, one rain gauge; the
  // tenth is a room, too, but every fifth of those has its troubles.
  static constexpr kind kinds[]
    = {kind::climate,  kind::meter,  kind::climate, kind::switched,
       kind::climate,  kind::rain,   kind::meter,   kind::climate,
       kind::switched, kind::climate};
  std::uniform_real_distribution<double> uniform{0, 1};
  for (size_t i = 0; i < sensors; ++i) {
    sensor x;
    x.is = i % 50 == 9 ? kind::troubled : kinds[i % 10];
    x.name = format("s%05zu", i);
    x.phase = uniform(random_) * 0.1;
    x.offset = uniform(random_);
    x.energy = uniform(random_) * 1e7;
    sensors_.push_back(std::move(x));
  }
}

double sensor_network::noise(double deviation) {
  return std::normal_distribution<double>{0, deviation}(random_);
}

sensor_message sensor_network::climate(sensor& x, double now) {
  auto temperature
    = 18 + 4 * x.offset + 3 * daylight(now, x.phase) + noise(0.05);
  auto humidity = 55 - 10 * daylight(now, x.phase) + noise(0.3);
  return {"demo/" + x.name + "/climate",
          format(R"({"ts":%.3f,"temperature":%.2f,"humidity":%.1f,)"
                 R"("battery":%.2f,"firmware":"1.4.2"})",
                 now, temperature, humidity, 3.0 + 0.2 * x.offset)};
}

sensor_message sensor_network::meter(sensor& x, double now) {
  auto power = std::max(0.0, 300 + 800 * x.offset * (1 + daylight(now, x.phase))
                               + noise(20));
  if (x.counted != 0)
    x.energy += power * (now - x.counted);
  x.counted = now;
  if (++x.turn % 2 == 0)
    return {"demo/" + x.name + "/power", format("%.1f", power)};
  return {"demo/" + x.name + "/energy", format("%.0f", x.energy)};
}

sensor_message sensor_network::rain(sensor& x) {
  auto tips = std::poisson_distribution<int>{0.5 + x.offset}(random_);
  return {"demo/" + x.name + "/rain", format("%d", tips)};
}

sensor_message sensor_network::troubled(sensor& x, double now) {
  switch (++x.turn % 8) {
    case 3:
      return {"demo/" + x.name + "/climate", "sensor not found"};
    case 5:
      return {"demo/" + x.name + "/climate", R"({"temperature": 21.)"};
    case 6:
      return {"demo/" + x.name + "/climate",
              format(R"({"ts":%.0f,"temperature":85.0})", now + 10 * day)};
    default:
      return climate(x, now);
  }
}

sensor_message sensor_network::next(double now) {
  for (;;) {
    auto& x = sensors_[at_++ % sensors_.size()];
    switch (x.is) {
      case kind::climate:
        return climate(x, now);
      case kind::meter:
        return meter(x, now);
      case kind::rain:
        return rain(x);
      case kind::troubled:
        // Silent for a quarter of each minute.
        if (std::fmod(now / 60 + x.offset, 1) < 0.75)
          return troubled(x, now);
        break;
      case kind::switched:
        if (random_() % 8 == 0 || x.turn == 0) {
          x.on = !x.on;
          ++x.turn;
          return {"demo/" + x.name + "/switch", x.on ? "ON" : "OFF"};
        }
        break;
    }
    // There may be no sensor that sends, e.g. with switches only.
    if (at_ % sensors_.size() == 0)
      return {"demo/network/heartbeat", "1"};
  }
}

std::string sensor_network::rules() {
  return R"(
[[rule]]
name = "climate"
topics = ["demo/+/climate"]
format = "json"
series = "climate/{1}/{path}"
step = "5s"
archives = ["5s for 6h", "1m for 7d", "1h for 1y"]
fields = [
  { path = "battery", step = "1m", archives = ["1m for 7d", "1h for 1y"] },
]

[[rule]]
name = "power"
topics = ["demo/+/power"]
series = "power/{1}"
sample = "mean"
step = "5s"
min = 0
archives = ["5s for 6h", "1m for 7d", "1h for 1y"]

[[rule]]
name = "energy"
topics = ["demo/+/energy"]
series = "energy/{1}"
type = "COUNTER"
step = "10s"
max = 1e6
archives = ["10s for 6h", "1m for 7d", "1h for 1y"]

[[rule]]
name = "switches"
topics = ["demo/+/switch"]
series = "switch/{1}"
step = "1s"
min = 0
max = 1
archives = ["1s for 2h", "1m for 7d", "1h for 1y"]

[[rule]]
name = "rain"
topics = ["demo/+/rain"]
series = "rain/{1}"
type = "ABSOLUTE"
step = "10s"
archives = ["10s for 6h", "1m for 7d", "1h for 1y"]

[[rule]]
name = "heartbeat"
topics = ["demo/network/heartbeat"]
series = "network/heartbeat"
sample = "count"
step = "5s"
archives = ["5s for 6h"]
)";
}

} // namespace rrdflow
