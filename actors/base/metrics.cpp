#include "actors/base/metrics.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace rrdflow {

namespace {

std::string full_name(std::string_view name) {
  constexpr std::string_view foreign = "process_";
  if (name.substr(0, foreign.size()) == foreign)
    return std::string{name};
  return "rrdflow_" + std::string{name};
}

/// A number as Prometheus reads it.
std::string number_text(double x) {
  if (std::isnan(x))
    return "NaN";
  if (std::isinf(x))
    return x > 0 ? "+Inf" : "-Inf";
  constexpr auto exact = 9007199254740992.0; // 2^53
  char buffer[32];
  auto end = buffer + sizeof(buffer);
  auto whole = x == std::floor(x) && std::abs(x) < exact;
  auto [stop, error] = whole
                         ? std::to_chars(buffer, end, static_cast<int64_t>(x))
                         : std::to_chars(buffer, end, x);
  return {buffer, error == std::errc{} ? stop : buffer};
}

/// A number without an exponent.
std::string fixed_text(double x) {
  char buffer[64];
  return {buffer, std::to_chars(buffer, buffer + sizeof(buffer), x,
                                std::chars_format::fixed)
                    .ptr};
}

std::string escape_label(std::string_view x) {
  std::string result;
  for (auto c : x) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '\\' || c == '"')
      result += '\\';
    result += c;
  }
  return result;
}

} // namespace

/// All metrics of one name.
struct metric_registry::family {
  struct line {
    const char* suffix;
    metric_labels more;
    double value;
  };

  const metric_base* first = nullptr;

  /// By labels, and by place among the lines of one metric.
  std::map<std::pair<metric_labels, size_t>, line> lines;

  void add(const metric_base& x) {
    first = &x;
    size_t place = 0;
    x.visit([&](const char* suffix, const metric_labels& more, double value) {
      auto [i, added]
        = lines.try_emplace({x.labels_, place++}, line{suffix, more, value});
      if (added)
        return;
      auto& sum = i->second.value;
      sum
        = x.info_.how == metric_merge::sum ? sum + value : std::max(sum, value);
    });
  }
};

std::string metric_registry::text() const {
  std::lock_guard guard{mutex_};
  std::map<std::string, family> families;
  for (auto x : all_)
    families[full_name(x->info_.name)].add(*x);
  std::string result;
  for (auto& [name, x] : families) {
    result += "# HELP " + name + ' ' + x.first->info_.help + '\n';
    result += "# TYPE " + name + ' ' + x.first->type() + '\n';
    for (auto& [key, line] : x.lines) {
      auto labels = key.first;
      labels.insert(labels.end(), line.more.begin(), line.more.end());
      result += name + line.suffix;
      auto separator = '{';
      for (auto& [label, value] : labels) {
        result += separator + label + "=\"" + escape_label(value) + '"';
        separator = ',';
      }
      if (!labels.empty())
        result += '}';
      result += ' ' + number_text(line.value) + '\n';
    }
  }
  return result;
}

std::map<metric_labels, double>
metric_registry::values(std::string_view name) const {
  std::lock_guard guard{mutex_};
  family found;
  for (auto x : all_)
    if (x->info_.name == name)
      found.add(*x);
  std::map<metric_labels, double> result;
  for (auto& [key, line] : found.lines)
    if (*line.suffix == '\0')
      result.emplace(key.first, line.value);
  return result;
}

double metric_registry::sum(std::string_view name) const {
  auto result = 0.0;
  for (auto& x : values(name))
    result += x.second;
  return result;
}

metric_base::metric_base(metric_registry* registry, const metric_info& info,
                         metric_labels labels)
  : registry_{registry}, info_{info}, labels_{std::move(labels)} {
  std::sort(labels_.begin(), labels_.end());
}

metric_base::~metric_base() {
  // nop
}

void metric_base::enter() {
  if (registry_ == nullptr)
    return;
  std::lock_guard guard{registry_->mutex_};
  registry_->all_.insert(this);
}

void metric_base::leave() noexcept {
  if (registry_ == nullptr)
    return;
  std::lock_guard guard{registry_->mutex_};
  registry_->all_.erase(this);
}

counter::counter(metric_registry* registry, const metric_info& info,
                 metric_labels labels)
  : metric_base{registry, info, std::move(labels)} {
  enter();
}

counter::~counter() {
  leave();
}

void counter::visit(const line_visitor& f) const {
  f("", {}, static_cast<double>(value()));
}

const char* counter::type() const noexcept {
  return "counter";
}

gauge::gauge(metric_registry* registry, const metric_info& info,
             metric_labels labels)
  : metric_base{registry, info, std::move(labels)} {
  enter();
}

gauge::~gauge() {
  leave();
}

void gauge::visit(const line_visitor& f) const {
  f("", {}, value());
}

const char* gauge::type() const noexcept {
  return "gauge";
}

computed_metric::computed_metric(metric_registry* registry,
                                 const metric_info& info,
                                 std::function<double()> f,
                                 metric_labels labels)
  : metric_base{registry, info, std::move(labels)}, f_{std::move(f)} {
  enter();
}

computed_metric::~computed_metric() {
  leave();
}

void computed_metric::visit(const line_visitor& f) const {
  f("", {}, f_());
}

const char* computed_metric::type() const noexcept {
  std::string_view name = info().name;
  constexpr std::string_view total = "_total";
  return name.size() > total.size()
             && name.substr(name.size() - total.size()) == total
           ? "counter"
           : "gauge";
}

histogram::histogram(metric_registry* registry, const metric_info& info,
                     std::vector<double> bounds, metric_labels labels)
  : metric_base{registry, info, std::move(labels)}, bounds_{std::move(bounds)},
    counts_(bounds_.size() + 1) {
  enter();
}

histogram::~histogram() {
  leave();
}

void histogram::add(double x) noexcept {
  auto i = std::lower_bound(bounds_.begin(), bounds_.end(), x);
  auto& n = counts_[static_cast<size_t>(i - bounds_.begin())];
  n.store(n.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  sum_.store(sum_.load(std::memory_order_relaxed) + x,
             std::memory_order_relaxed);
}

void histogram::visit(const line_visitor& f) const {
  uint64_t total = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    total += counts_[i].load(std::memory_order_relaxed);
    auto bound = i < bounds_.size() ? fixed_text(bounds_[i]) : "+Inf";
    f("_bucket", {{"le", bound}}, static_cast<double>(total));
  }
  f("_sum", {}, sum_.load(std::memory_order_relaxed));
  f("_count", {}, static_cast<double>(total));
}

const char* histogram::type() const noexcept {
  return "histogram";
}

} // namespace rrdflow
