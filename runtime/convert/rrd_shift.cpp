#include "runtime/convert/rrd_shift.hpp"

#include "runtime/convert/archive_rows.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

namespace rrdflow {

using namespace rrd_layout;

namespace {

class shifting {
public:
  shifting(std::string bytes, const rrd_header& header, const time_zone& clock)
    : bytes_{std::move(bytes)}, header_{header}, clock_{clock},
      sources_{header.definition.sources.size()}, last_{clock.nearest_utc(
                                                    header.last_update)} {
    live_ = header.live_begin;
    archives_ = header.definition.archives.size();
    // The rest of `live`, which is shorter in old versions.
    auto tail = sources_ * pending_size
                + archives_ * (sources_ * consolidated_size + pointer_size);
    pending_ = header.bytes.size() - tail;
    consolidated_ = pending_ + sources_ * pending_size;
    pointers_ = consolidated_ + archives_ * sources_ * consolidated_size;
  }

  shifted_rrd run() {
    read_rows();
    // The finest first: coarser ones are made of them.
    std::vector<size_t> order(archives_);
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [this](auto a, auto b) {
      return was_[a].length() < was_[b].length();
    });
    for (auto i : order)
      move(i);
    for (size_t n = 0; n < order.size(); ++n)
      refine(order, n);
    write_rows();
    write_consolidated();
    write_pending();
    put(live_, last_);
    shifted_rrd result{std::move(bytes_), last_, 0};
    for (auto& archive : now_)
      for (size_t age = 0; age < archive.definition().rows; ++age)
        if (archive.origin_of(age) == archive_rows::origin::nearest)
          ++result.inexact;
    return result;
  }

private:
  using origin = archive_rows::origin;

  template <class T>
  T get(size_t offset) const {
    T result;
    std::memcpy(&result, bytes_.data() + offset, sizeof(T));
    return result;
  }

  template <class T>
  void put(size_t offset, const T& x) {
    std::memcpy(bytes_.data() + offset, &x, sizeof(T));
  }

  /// Where the row of this age is in the file.
  size_t place(size_t archive, size_t age) const {
    auto rows = was_[archive].definition().rows;
    auto newest = get<uint64_t>(pointers_ + archive * pointer_size);
    auto row = (newest + rows - age) % rows;
    return begins_[archive] + row * sources_ * sizeof(double);
  }

  void read_rows() {
    auto begin = header_.bytes.size();
    auto& file = header_.definition;
    for (size_t i = 0; i < archives_; ++i) {
      auto& x = file.archives[i];
      was_.emplace_back(x, sources_, file.step, header_.last_update);
      now_.emplace_back(x, sources_, file.step, last_);
      begins_.push_back(begin);
      begin += size_t{x.rows} * sources_ * sizeof(double);
      for (size_t age = 0; age < x.rows; ++age)
        for (size_t j = 0; j < sources_; ++j)
          was_[i].at(age, j) = get<double>(place(i, age) + j * sizeof(double));
    }
  }

  void move(size_t i) {
    auto& from = was_[i];
    auto& to = now_[i];
    auto length = from.length();
    for (size_t age = 0; age < from.definition().rows; ++age) {
      // A second within the row, near its middle: its ends may be jumps.
      auto within = from.end_of(age) - (length + 1) / 2;
      auto utc = clock_.to_utc(within);
      if (!utc)
        continue;
      auto offset = within - *utc;
      auto exact = offset % length == 0;
      auto end = exact ? from.end_of(age) - offset
                       : (*utc + length - 1) / length * length;
      if (auto target = to.age_of(end))
        to.put(*target, from, age, exact);
    }
  }

  /// Makes those rows anew that have no slot of their own, and those that were
  /// under way in the old file.
  void refine(const std::vector<size_t>& order, size_t n) {
    auto& x = now_[order[n]];
    auto oldest = last_exact(x);
    for (size_t age = 0; age < x.definition().rows; ++age) {
      // A hole between exact rows is an hour without updates.
      if (x.origin_of(age) == origin::exact
          || (x.origin_of(age) == origin::none && oldest < age))
        continue;
      for (size_t m = 0; m < n; ++m)
        if (x.make(age, now_[order[m]]))
          break;
    }
  }

  /// The age of the oldest row that holds something.
  static size_t last_exact(const archive_rows& x) {
    size_t result = 0;
    for (size_t age = 0; age < x.definition().rows; ++age)
      if (x.origin_of(age) != origin::none)
        result = age;
    return result;
  }

  void write_rows() {
    for (size_t i = 0; i < archives_; ++i)
      for (size_t age = 0; age < now_[i].definition().rows; ++age)
        for (size_t j = 0; j < sources_; ++j)
          put(place(i, age) + j * sizeof(double), now_[i].at(age, j));
  }

  /// The rows under way, of the steps since the newest row.
  void write_consolidated() {
    auto step = header_.definition.step;
    for (size_t i = 0; i < archives_; ++i) {
      auto& x = now_[i];
      if (x.length() == step || (header_.last_update - last_) % x.length() == 0)
        continue;
      auto finest = std::find_if(now_.begin(), now_.end(), [&](auto& y) {
        return y.length() == step
               && y.definition().function == x.definition().function;
      });
      for (size_t j = 0; j < sources_; ++j) {
        consolidating row{x.definition().function};
        for (auto end = x.end() + step; end <= last_; end += step) {
          auto age = finest == now_.end() ? std::nullopt : finest->age_of(end);
          row.add(age ? finest->at(*age, j)
                      : std::numeric_limits<double>::quiet_NaN());
        }
        auto at = consolidated_ + (i * sources_ + j) * consolidated_size;
        put(at, row.value);
        put(at + unknown_points_at, row.unknown);
      }
    }
  }

  /// The step under way stays, unless the clock's offset is no multiple of it.
  void write_pending() {
    auto step = header_.definition.step;
    if ((header_.last_update - last_) % step == 0)
      return;
    for (size_t j = 0; j < sources_; ++j) {
      auto at = pending_ + j * pending_size;
      put(at + unknown_seconds_at, static_cast<uint64_t>(last_ % step));
      put(at + pending_value_at, 0.0);
    }
  }

  std::string bytes_;
  const rrd_header& header_;
  const time_zone& clock_;
  size_t sources_;
  size_t archives_;

  /// Where the parts of the live part begin.
  size_t live_;
  size_t pending_;
  size_t consolidated_;
  size_t pointers_;

  int64_t last_;

  /// Of each archive: where its rows begin, and the rows in local time and at
  /// the right ones.
  std::vector<size_t> begins_;
  std::vector<archive_rows> was_;
  std::vector<archive_rows> now_;
};

} // namespace

shifted_rrd
shift_rrd(std::string bytes, const rrd_header& header, const time_zone& clock) {
  return shifting{std::move(bytes), header, clock}.run();
}

} // namespace rrdflow
