#pragma once

#include "actors/base/metrics.hpp"
#include "actors/janitoo/janitoo_clock.hpp"
#include "actors/janitoo/janitoo_network.hpp"
#include "actors/janitoo/janitoo_request.hpp"
#include "config/config_ptr.hpp"
#include "messages/setting.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// What must be done before a request, or a poll, can be answered.
struct janitoo_task {
  enum class kind : uint8_t {
    /// Write all rows.
    flush,
    /// Have `setting` set; its answer is the data.
    set,
    /// Read the configuration anew.
    reload,
  };

  kind what = kind::flush;
  setting_request setting;

  /// The answer, where it goes to, and whether the data is not yet in it.
  json_object answer;
  std::vector<std::string> topics;
  bool wants_data = false;
};

/// The Janitoo protocol of rrdflow's nodes, without clock, network and files.
///
/// Operation: a request is answered at once, or becomes a task, which its owner
/// does and reports. What is no request to these nodes, or cannot be done,
/// is counted and not answered.
/// Limitations: of a value with several indexes only the first can be read or
/// set, as in the original.
class janitoo_engine {
public:
  using publisher = std::function<void(std::string topic, std::string payload)>;

  static constexpr metric_info refused_info
    = {"janitoo_refused_total",
       "Messages that are no request, or could not be done, by reason."};

  /// @param file_exists whether the RRD file of an `[[rrd]]` is there
  /// @param registry has the counts that values show; must outlive the engine
  janitoo_engine(publisher publish,
                 std::function<bool(const std::string& rrd)> file_exists,
                 metric_registry* registry);

  /// Replaces all nodes and values.
  void configure(const config& x, int64_t now);

  /// Called on every (re)connect. Times are milliseconds of a clock that never
  /// steps.
  void connected(int64_t now);

  /// @returns what must be done before the message is answered, if anything.
  std::optional<janitoo_task>
  receive(std::string_view topic, std::string_view payload);

  /// Heartbeats and polls.
  void tick(int64_t now);

  /// Answers what was waiting for a task.
  /// @param data JSON, unless the task does not want it
  void done(const janitoo_task& x, const std::string& data);

  /// A task could not be done; there is no answer.
  std::nullopt_t refuse(janitoo_refusal x);

  /// Says OFFLINE for all nodes.
  void leave();

private:
  /// @param bus null: all of them
  std::optional<janitoo_task>
  discover(const janitoo_bus* bus, const janitoo_request& x);
  std::optional<janitoo_task>
  get_or_set(const janitoo_member& node, const janitoo_request& x);
  std::optional<janitoo_task>
  setting(const janitoo_member& node, const janitoo_value& value,
          const janitoo_request& x);
  std::optional<janitoo_task>
  action(const janitoo_value& value, const janitoo_request& x,
         janitoo_task answer);
  void read(const janitoo_value& value, janitoo_task answer);
  void poll(const janitoo_member& node, const janitoo_value& value);
  bool online(const janitoo_member& x) const;

  publisher publish_;
  std::function<bool(const std::string&)> file_exists_;
  metric_registry* registry_;
  janitoo_reader reader_;
  janitoo_network network_;
  janitoo_clock clock_;
  bool scheduled_ = false;
  bool broadcast_ = false;

  counter requests_;
  counter answers_;
  counter not_done_;
  enum_counters<janitoo_refusal, janitoo_refusals, 1> refused_;
};

} // namespace rrdflow
