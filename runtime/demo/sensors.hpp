#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace rrdflow {

/// One message of a simulated sensor.
struct sensor_message {
  std::string topic;
  std::string payload;
};

/// A simulated network of sensors: rooms with a daily curve of temperature and
/// humidity, power meters with a counter, switches that send on change, rain
/// gauges, and a few that fall silent or send broken payloads.
///
/// The same seed and times give the same messages.
class sensor_network {
public:
  sensor_network(size_t sensors, uint64_t seed);

  /// Returns what the next sensor in turn sends.
  /// @param now seconds since the epoch.
  sensor_message next(double now);

  /// The configuration that stores what this network sends: [[rule]] and
  /// [[rrd]] tables in TOML.
  static std::string rules();

private:
  enum class kind { climate, meter, switched, rain, troubled };

  struct sensor {
    kind is = kind::climate;
    std::string name;

    /// Where in the day its curve lies, and how strong it is.
    double phase = 0;
    double offset = 0;

    /// Of a meter: watt seconds so far, and when they were counted.
    double energy = 0;
    double counted = 0;

    bool on = false;
    unsigned turn = 0;
  };

  sensor_message climate(sensor& x, double now);
  sensor_message meter(sensor& x, double now);
  sensor_message rain(sensor& x);
  sensor_message troubled(sensor& x, double now);

  /// A normally distributed number around 0.
  double noise(double deviation);

  std::mt19937_64 random_;
  std::vector<sensor> sensors_;
  size_t at_ = 0;
};

} // namespace rrdflow
