#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace rrdflow {

class metric_base;

/// Label names and values, e.g. {{"rule", "plant"}, {"reason", "future"}}.
using metric_labels = std::vector<std::pair<std::string, std::string>>;

/// All numbers of the process that /metrics shows. Metrics enter and leave it
/// with their lives. Thread-safe; never waits for an actor.
class metric_registry {
public:
  /// Prometheus text, format 0.0.4, sorted by name. Values of the same name and
  /// labels are added; of a `metric_merge::largest` the largest counts.
  std::string text() const;

  /// The values of a metric, by labels; `name` lacks the prefix "rrdflow_".
  std::map<metric_labels, double> values(std::string_view name) const;

  /// The sum of all values of a metric; 0 if there is none.
  double sum(std::string_view name) const;

private:
  friend class metric_base;
  struct family;

  mutable std::mutex mutex_;
  std::unordered_set<const metric_base*> all_;
};

/// How values of the same name and labels, of several actors, become one.
enum class metric_merge : uint8_t { sum, largest };

/// What a metric is. Its texts must outlive the metric; it is written where the
/// metric counts.
struct metric_info {
  /// Without the prefix "rrdflow_", unless it begins with "process_". A counter
  /// ends with "_total".
  const char* name;

  const char* help;

  metric_merge how = metric_merge::sum;
};

/// A number with a name: the base of those below. Stays where it is.
class metric_base {
public:
  metric_base(const metric_base&) = delete;
  metric_base& operator=(const metric_base&) = delete;
  virtual ~metric_base();

  const metric_info& info() const noexcept {
    return info_;
  }

  const metric_labels& labels() const noexcept {
    return labels_;
  }

protected:
  /// @param registry Null: the metric counts, but is not shown. Otherwise it
  /// must outlive the metric.
  metric_base(metric_registry* registry, const metric_info& info,
              metric_labels labels);

  /// Makes the metric visible or, before the members of a derived class go,
  /// invisible.
  void enter();
  void leave() noexcept;

  using line_visitor
    = std::function<void(const char*, const metric_labels&, double)>;

private:
  friend class metric_registry;

  /// Calls `f(suffix, extra labels, value)` for each line. Any thread.
  virtual void visit(const line_visitor& f) const = 0;

  /// "counter", "gauge" or "histogram".
  virtual const char* type() const noexcept = 0;

  metric_registry* registry_;
  metric_info info_;
  metric_labels labels_;
};

/// Counts up. One thread at a time adds, any reads.
class counter final : public metric_base {
public:
  counter(metric_registry* registry, const metric_info& info,
          metric_labels labels = {});
  ~counter() override;

  void add(uint64_t n = 1) noexcept {
    value_.store(value() + n, std::memory_order_relaxed);
  }

  /// Takes a value from an earlier run.
  void restore(uint64_t n) noexcept {
    value_.store(n, std::memory_order_relaxed);
  }

  uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

private:
  void visit(const line_visitor& f) const override;
  const char* type() const noexcept override;

  std::atomic<uint64_t> value_{0};
};

/// A number that goes up and down. Any thread sets and reads.
class gauge final : public metric_base {
public:
  gauge(metric_registry* registry, const metric_info& info,
        metric_labels labels = {});
  ~gauge() override;

  void set(double x) noexcept {
    value_.store(x, std::memory_order_relaxed);
  }

  double value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

private:
  void visit(const line_visitor& f) const override;
  const char* type() const noexcept override;

  std::atomic<double> value_{0};
};

/// A number that is found when it is asked for. The function runs in any
/// thread and must not block.
class computed_metric final : public metric_base {
public:
  computed_metric(metric_registry* registry, const metric_info& info,
                  std::function<double()> f, metric_labels labels = {});
  ~computed_metric() override;

private:
  void visit(const line_visitor& f) const override;
  const char* type() const noexcept override;

  std::function<double()> f_;
};

/// How often values were at most some bounds. One thread at a time adds.
class histogram final : public metric_base {
public:
  /// @param bounds Ascending.
  histogram(metric_registry* registry, const metric_info& info,
            std::vector<double> bounds, metric_labels labels = {});
  ~histogram() override;

  void add(double x) noexcept;

private:
  void visit(const line_visitor& f) const override;
  const char* type() const noexcept override;

  std::vector<double> bounds_;

  /// Per bound, and above all bounds.
  std::vector<std::atomic<uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

/// Counters of one name that an enumeration labels, e.g. by reason. `N` is the
/// number of enumerators, `to_string(Enum)` gives the label's value; the first
/// `Skip` enumerators (such as `none`) have no counter.
template <class Enum, size_t N, size_t Skip = 0>
class enum_counters {
public:
  enum_counters(metric_registry* registry, const metric_info& info,
                const char* label, const metric_labels& more = {}) {
    for (auto i = Skip; i < N; ++i) {
      auto labels = more;
      labels.emplace_back(label, to_string(static_cast<Enum>(i)));
      counters_.emplace_back(registry, info, std::move(labels));
    }
  }

  counter& operator[](Enum x) noexcept {
    return counters_[static_cast<size_t>(x) - Skip];
  }

  const counter& operator[](Enum x) const noexcept {
    return counters_[static_cast<size_t>(x) - Skip];
  }

  uint64_t sum() const noexcept {
    uint64_t result = 0;
    for (auto& x : counters_)
      result += x.value();
    return result;
  }

private:
  std::deque<counter> counters_;
};

} // namespace rrdflow
