#include "actors/writer/rrd_reshape.hpp"

#include "actors/writer/librrd.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

namespace rrdflow {

using namespace rrd_layout;

namespace {

// Times are microseconds since the epoch.
constexpr int64_t million = 1000000;
constexpr auto nan = std::numeric_limits<double>::quiet_NaN();

/// A point, i.e. a row of one step, is unknown if more of it is than this.
constexpr double point_tolerance = 0.5;

template <class T>
T load(std::string_view bytes, size_t at) {
  T result;
  std::memcpy(&result, bytes.data() + at, sizeof(T));
  return result;
}

template <class T>
void store(std::string& bytes, size_t at, T x) {
  std::memcpy(bytes.data() + at, &x, sizeof(T));
}

/// NaN as librrd writes it.
double as_stored(double x) {
  return std::isnan(x) ? librrd::unknown() : x;
}

/// Where the parts of a header's live part are.
struct live_places {
  explicit live_places(const rrd_header& x)
    : sources{x.definition.sources.size()}, archives{
                                              x.definition.archives.size()} {
    pointers = x.bytes.size() - archives * pointer_size;
    prepared = pointers - archives * sources * consolidated_size;
    pending = prepared - sources * pending_size;
  }

  size_t pending_of(size_t source) const {
    return pending + source * pending_size;
  }

  size_t prepared_of(size_t archive, size_t source) const {
    return prepared + (archive * sources + source) * consolidated_size;
  }

  size_t pointer_of(size_t archive) const {
    return pointers + archive * pointer_size;
  }

  size_t sources;
  size_t archives;
  size_t pending = 0;
  size_t prepared = 0;
  size_t pointers = 0;
};

/// A span of time with one value.
struct piece {
  int64_t from = 0;
  int64_t to = 0;
  double value = nan;

  /// So much of it is known, if the value is.
  double share = 1;
};

/// Rows of one archive, the newest first: row `age` ends at
/// `end - age * length`.
struct row_run {
  consolidation function = consolidation::average;
  int64_t length = 0;
  int64_t end = 0;
  uint64_t rows = 0;

  /// In all values: where its first row is; the row that was written last.
  uint64_t begin = 0;
  uint64_t newest = 0;

  bool is_points = false;

  int64_t begin_of_all() const {
    return end - static_cast<int64_t>(rows) * length;
  }
};

/// Makes one value of several, as a consolidation does.
class combiner {
public:
  explicit combiner(consolidation x) : function_{x} {
    // nop
  }

  void add(const piece& x) {
    auto seconds = static_cast<double>(x.to - x.from) / million;
    auto known = std::isnan(x.value) ? 0 : seconds * x.share;
    unknown_ += seconds - known;
    if (known <= 0)
      return;
    auto first = known_ == 0;
    known_ += known;
    switch (function_) {
      case consolidation::average:
        value_ = (first ? 0 : value_) + x.value * known;
        return;
      case consolidation::min:
        value_ = first ? x.value : std::min(value_, x.value);
        return;
      case consolidation::max:
        value_ = first ? x.value : std::max(value_, x.value);
        return;
      case consolidation::last:
        value_ = x.value;
    }
  }

  /// Unknown if more than this share of the time is.
  double result(double tolerance) const {
    auto all = known_ + unknown_;
    // The seconds are sums of parts.
    if (known_ <= 0 || unknown_ > all * tolerance + 1e-9 * all)
      return nan;
    return function_ == consolidation::average ? value_ / known_ : value_;
  }

  /// Of an average: the value times the seconds; unknown if none is known.
  double sum() const {
    return known_ > 0 ? value_ : nan;
  }

  double unknown_seconds() const {
    return unknown_;
  }

private:
  consolidation function_;
  double value_ = 0;
  double known_ = 0;
  double unknown_ = 0;
};

/// What an old file says of each time.
class history {
public:
  history(const rrd_header& header, std::string_view values)
    : header_{header}, values_{values}, at_{header} {
    auto& x = header.definition;
    step_ = x.step * million;
    last_ = header.last_microtime();
    points_end_ = last_ - last_ % step_;
    uint64_t begin = 0;
    for (size_t i = 0; i < x.archives.size(); ++i) {
      row_run run;
      run.function = x.archives[i].function;
      run.length = step_ * x.archives[i].steps;
      run.end = last_ - last_ % run.length;
      run.rows = x.archives[i].rows;
      run.begin = begin;
      run.newest = load<uint64_t>(header.bytes, at_.pointer_of(i));
      run.is_points = x.archives[i].steps == 1;
      begin += run.rows * at_.sources;
      runs_.push_back(run);
    }
  }

  int64_t last() const {
    return last_;
  }

  int64_t step() const {
    return step_;
  }

  const live_places& places() const {
    return at_;
  }

  std::string_view bytes() const {
    return header_.bytes;
  }

  /// The archive with rows of this function and length, if there is one.
  std::optional<size_t> find(consolidation function, int64_t length) const {
    for (size_t i = 0; i < runs_.size(); ++i)
      if (runs_[i].function == function && runs_[i].length == length)
        return i;
    return std::nullopt;
  }

  /// The value of a row, if the archive has one that ends then.
  std::optional<double> row(size_t archive, int64_t end, size_t source) const {
    auto& run = runs_[archive];
    if (end > run.end || end <= run.begin_of_all()
        || (run.end - end) % run.length != 0)
      return std::nullopt;
    return value(run, end, source);
  }

  /// Gives `to` what is known of (from, to], the oldest first.
  void visit(consolidation function, size_t source, int64_t from, int64_t end,
             combiner& to) {
    prepare(function, source);
    pieces_.clear();
    for (auto t = end; t > from;) {
      auto x = newest_before(t, source);
      x.from = std::max(x.from, from);
      pieces_.push_back(x);
      t = x.from;
    }
    for (auto i = pieces_.rbegin(); i != pieces_.rend(); ++i)
      to.add(*i);
  }

private:
  double value(const row_run& run, int64_t end, size_t source) const {
    auto age = static_cast<uint64_t>((run.end - end) / run.length);
    auto row = (run.newest + run.rows - age % run.rows) % run.rows;
    return load<double>(values_, (run.begin + row * at_.sources + source)
                                   * sizeof(double));
  }

  /// Chooses what counts for a function, the finest first.
  void prepare(consolidation function, size_t source) {
    if (prepared_ && function_ == function && source_ == source)
      return;
    prepared_ = true;
    function_ = function;
    source_ = source;
    chosen_.clear();
    for (auto& x : runs_)
      if (x.function == function || x.is_points)
        chosen_.push_back(&x);
    auto is_better = [=](const row_run* x, const row_run* y) {
      return x->length != y->length
               ? x->length < y->length
               : (x->function == function) > (y->function == function);
    };
    std::stable_sort(chosen_.begin(), chosen_.end(), is_better);
    open_.clear();
    add_open_step(source);
    for (size_t i = 0; i < runs_.size(); ++i)
      if (runs_[i].function == function && !runs_[i].is_points)
        add_open_row(i, source);
  }

  /// The part of a step behind the last one that is over.
  void add_open_step(size_t source) {
    piece x;
    x.from = points_end_;
    x.to = last_;
    auto at = at_.pending_of(source);
    auto all = static_cast<double>(x.to - x.from) / million;
    auto known = all
                 - static_cast<double>(
                   load<uint64_t>(header_.bytes, at + unknown_seconds_at));
    auto value = load<double>(header_.bytes, at + pending_value_at);
    if (all <= 0)
      return;
    if (known > 0 && !std::isnan(value)) {
      x.value = value / known;
      x.share = known / all;
    }
    open_.push_back(x);
  }

  /// The steps behind an archive's newest row.
  void add_open_row(size_t archive, size_t source) {
    auto& run = runs_[archive];
    piece x;
    x.from = run.end;
    x.to = points_end_;
    if (x.from >= x.to)
      return;
    auto points = static_cast<double>((x.to - x.from) / step_);
    auto at = at_.prepared_of(archive, source);
    auto known = points
                 - static_cast<double>(
                   load<uint64_t>(header_.bytes, at + unknown_points_at));
    auto value = load<double>(header_.bytes, at);
    if (known > 0 && std::isfinite(value)) {
      x.value = run.function == consolidation::average ? value / known : value;
      x.share = known / points;
    }
    open_.push_back(x);
  }

  /// What is known of the time just before `t`, as far back as it goes.
  piece newest_before(int64_t t, size_t source) const {
    // Nothing is known before this.
    int64_t next = std::numeric_limits<int64_t>::min();
    for (auto run : chosen_) {
      if (t > run->end) {
        next = std::max(next, run->end);
        continue;
      }
      if (t <= run->begin_of_all())
        continue;
      auto end = run->end - (run->end - t) / run->length * run->length;
      return {std::max(end - run->length, next), t, value(*run, end, source),
              1};
    }
    for (auto& x : open_) {
      if (t > x.from && t <= x.to)
        return {std::max(x.from, next), t, x.value, x.share};
      if (t > x.to)
        next = std::max(next, x.to);
    }
    return {next, t, nan, 1};
  }

  const rrd_header& header_;
  std::string_view values_;
  live_places at_;
  int64_t step_ = 0;
  int64_t last_ = 0;

  /// The end of the last step that is over.
  int64_t points_end_ = 0;

  std::vector<row_run> runs_;

  // What is prepared for a function and a source.
  bool prepared_ = false;
  consolidation function_ = consolidation::average;
  size_t source_ = 0;
  std::vector<const row_run*> chosen_;
  std::vector<piece> open_;

  std::vector<piece> pieces_;
};

/// Builds the new file.
class reshaper {
public:
  reshaper(const rrd_header& header, std::string_view values,
           const file_definition& wanted, uint64_t seed)
    : from_{header, values}, old_{header}, wanted_{wanted},
      result_{make_header(wanted, header.last_update, seed), {}} {
    // nop
  }

  rrd_content run() {
    if (!result_.header)
      return std::move(result_);
    auto& to = result_.header;
    store(to.bytes, to.live_begin + 8, old_.microseconds);
    match();
    keep_limits();
    live_places at{to};
    for (size_t i = 0; i < sources_.size(); ++i)
      if (sources_[i])
        carry_source(at, i, *sources_[i]);
    for (size_t i = 0; i < to.definition.archives.size(); ++i)
      fill(at, i);
    auto size = rrd_file_size(to.definition);
    to = parse_header(std::move(to.bytes), size);
    return std::move(result_);
  }

private:
  /// Finds each source's place in the old file.
  void match() {
    auto& old = old_.definition.sources;
    for (auto& x : result_.header.definition.sources) {
      auto i = std::find_if(old.begin(), old.end(), [&](auto& y) {
        return y.name == x.name && is_rate(y.type) == is_rate(x.type);
      });
      sources_.push_back(
        i == old.end() ? std::nullopt
                       : std::optional{static_cast<size_t>(i - old.begin())});
    }
  }

  /// What the definition leaves open: the limits, and a heartbeat that is
  /// learned.
  void keep_limits() {
    auto& to = result_.header;
    file_definition own;
    for (size_t i = 0; i < sources_.size(); ++i) {
      auto& x = own.sources.emplace_back(to.definition.sources[i]);
      if (!sources_[i])
        continue;
      auto& old = old_.definition.sources[*sources_[i]];
      auto& wanted = wanted_.sources[i];
      if (std::isnan(wanted.min))
        x.min = old.min;
      if (std::isnan(wanted.max))
        x.max = old.max;
      if (wanted.learns_heartbeat())
        x.heartbeat = std::max(old.heartbeat, wanted_.step);
    }
    tune(to, own);
  }

  int64_t step() const {
    return result_.header.definition.step * million;
  }

  bool same_type(size_t i, size_t from) const {
    return result_.header.definition.sources[i].type
           == old_.definition.sources[from].type;
  }

  /// The last reading, and what the open step has.
  void carry_source(const live_places& at, size_t i, size_t from) {
    if (!same_type(i, from))
      return;
    auto& to = result_.header.bytes;
    auto begin = at.pending_of(i);
    to.replace(begin, pending_size,
               from_.bytes().substr(from_.places().pending_of(from),
                                    pending_size));
    if (step() == from_.step())
      return;
    auto last = from_.last();
    combiner all{consolidation::average};
    from_.visit(consolidation::average, from, last - last % step(), last, all);
    store(to, begin + unknown_seconds_at,
          static_cast<uint64_t>(all.unknown_seconds() + 0.5));
    store(to, begin + pending_value_at, as_stored(all.sum()));
  }

  void fill(const live_places& at, size_t i) {
    auto& header = result_.header;
    auto& archive = header.definition.archives[i];
    auto width = sources_.size();
    auto length = step() * archive.steps;
    auto end = from_.last() - from_.last() % length;
    auto same = from_.find(archive.function, length);
    auto newest = load<uint64_t>(header.bytes, at.pointer_of(i));
    std::vector<double> rows(size_t{archive.rows} * width, librrd::unknown());
    for (size_t j = 0; j < width; ++j) {
      if (!sources_[j])
        continue;
      auto from = *sources_[j];
      for (uint64_t age = 0; age < archive.rows; ++age) {
        auto row_end = end - static_cast<int64_t>(age) * length;
        if (row_end <= 0)
          break;
        auto row = (newest + archive.rows - age) % archive.rows;
        auto x = same ? from_.row(*same, row_end, from) : std::nullopt;
        rows[row * width + j]
          = as_stored(x ? *x
                        : consolidated(archive.function, from, row_end - length,
                                       row_end, archive.xff));
      }
      if (archive.steps > 1)
        carry_row(at, i, j, from, end, same);
    }
    result_.values.append(reinterpret_cast<const char*>(rows.data()),
                          rows.size() * sizeof(double));
  }

  double consolidated(consolidation function, size_t source, int64_t begin,
                      int64_t end, double tolerance) {
    combiner all{function};
    from_.visit(function, source, begin, end, all);
    return all.result(tolerance);
  }

  /// What the row that is being prepared has.
  void carry_row(const live_places& at, size_t i, size_t j, size_t from,
                 int64_t begin, std::optional<size_t> same) {
    auto& archive = result_.header.definition.archives[i];
    auto& to = result_.header.bytes;
    auto place = at.prepared_of(i, j);
    if (same && step() == from_.step()) {
      to.replace(place, consolidated_size,
                 from_.bytes().substr(from_.places().prepared_of(*same, from),
                                      consolidated_size));
      return;
    }
    auto value = nan;
    uint64_t unknown = 0;
    for (auto end = begin + step(); end <= from_.last(); end += step()) {
      auto point = consolidated(archive.function, from, end - step(), end,
                                point_tolerance);
      if (std::isnan(point)) {
        ++unknown;
        continue;
      }
      if (std::isnan(value) || archive.function == consolidation::last)
        value = point;
      else if (archive.function == consolidation::average)
        value += point;
      else if (archive.function == consolidation::min)
        value = std::min(value, point);
      else
        value = std::max(value, point);
    }
    store(to, place, as_stored(value));
    store(to, place + unknown_points_at, unknown);
  }

  history from_;
  const rrd_header& old_;
  const file_definition& wanted_;
  rrd_content result_;

  /// For each source its place in the old file.
  std::vector<std::optional<size_t>> sources_;
};

} // namespace

rrd_content reshape_rrd(const rrd_header& header, std::string_view values,
                        const file_definition& wanted, uint64_t seed) {
  return reshaper{header, values, wanted, seed}.run();
}

} // namespace rrdflow
