#include "actors/writer/rrd_header.hpp"

#include "actors/base/file.hpp"
#include "actors/writer/librrd.hpp"
#include "actors/writer/rrd_decimal.hpp"
#include "config/file_definition.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>

namespace rrdflow {

using namespace rrd_layout;

namespace {

/// More than any sane file has; keeps all sums far from overflow.
constexpr uint64_t max_count = 1 << 14;
constexpr uint64_t max_header = 64ull << 20;
constexpr uint64_t max_number = 1ull << 31;
constexpr int64_t max_time = 1ll << 40;

template <class T>
T at(const std::string& bytes, size_t offset) {
  T result;
  std::memcpy(&result, bytes.data() + offset, sizeof(T));
  return result;
}

/// A text field with its terminator, or nothing.
std::string_view text_at(const std::string& bytes, size_t offset, size_t size) {
  auto first = bytes.data() + offset;
  auto end = static_cast<const char*>(std::memchr(first, 0, size));
  return end ? std::string_view{first, static_cast<size_t>(end - first)}
             : std::string_view{};
}

bool is_name(std::string_view x) {
  constexpr auto allowed
    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
      "0123456789_-";
  return !x.empty() && x.find_first_not_of(allowed) == std::string_view::npos;
}

template <class Enum>
bool named(std::string_view text, Enum last, Enum& result) {
  for (auto i = 0; i <= static_cast<int>(last); ++i) {
    result = static_cast<Enum>(i);
    if (text == to_string(result))
      return true;
  }
  return false;
}

bool is_holt_winters(std::string_view x) {
  return x == "HWPREDICT" || x == "MHWPREDICT" || x == "SEASONAL"
         || x == "DEVPREDICT" || x == "DEVSEASONAL" || x == "FAILURES";
}

/// Checks a header, section by section, and fills in what it says.
class parser {
public:
  parser(rrd_header& x, uint64_t size) : x_{x}, size_{size} {
    // nop
  }

  bool statics() {
    const auto& bytes = x_.bytes;
    if (bytes.size() < static_size)
      return damaged("too short for a header");
    if (std::memcmp(bytes.data(), "RRD", 4) != 0)
      return damaged("not an RRD file");
    auto version = text_at(bytes, version_at, 5);
    if (version != "0001" && version != "0003" && version != "0004"
        && version != "0005")
      return damaged("an unknown version of the RRD format");
    live_bytes_ = version == "0001" ? live_size_0001 : live_size;
    if (at<double>(bytes, float_cookie_at) != float_cookie)
      return damaged("an RRD file of another machine type");
    sources_ = at<uint64_t>(bytes, source_count_at);
    archives_ = at<uint64_t>(bytes, archive_count_at);
    auto step = at<uint64_t>(bytes, step_at);
    if (sources_ == 0 || sources_ > max_count || archives_ == 0
        || archives_ > max_count)
      return damaged("impossible number of sources or archives");
    if (step == 0 || step > max_number)
      return damaged("impossible step");
    x_.definition.step = static_cast<int64_t>(step);
    x_.live_begin
      = static_size + sources_ * source_size + archives_ * archive_size;
    header_size_ = x_.live_begin + live_bytes_ + sources_ * pending_size
                   + archives_ * sources_ * consolidated_size
                   + archives_ * pointer_size;
    if (header_size_ > max_header || header_size_ > size_)
      return damaged("too short for its header");
    return true;
  }

  bool definitions() {
    auto& bytes = x_.bytes;
    x_.definition.sources.reserve(sources_);
    x_.definition.archives.reserve(archives_);
    for (size_t i = 0; i < sources_; ++i)
      if (!source(static_size + i * source_size))
        return false;
    uint64_t rows = 0;
    auto base = static_size + sources_ * source_size;
    for (size_t i = 0; i < archives_; ++i)
      if (!archive(base + i * archive_size, rows))
        return false;
    // Counts are below 2^31 and 2^14, thus no overflow.
    if (size_ != header_size_ + rows * sources_ * sizeof(double))
      return damaged("its size does not fit its archives");
    if (!unsupported_.empty()) {
      x_.state = header_state::unsupported;
      x_.reason = unsupported_;
      return false;
    }
    auto frozen = bytes.substr(0, x_.live_begin);
    for (size_t i = 0; i < sources_; ++i)
      std::memset(frozen.data() + static_size + i * source_size
                    + source_tunables_at,
                  0, tunables_size);
    x_.definitions = XXH3_64bits(frozen.data(), frozen.size());
    x_.state = header_state::ok;
    return true;
  }

  bool live() {
    const auto& bytes = x_.bytes;
    x_.last_update = at<int64_t>(bytes, x_.live_begin);
    if (x_.last_update < 0 || x_.last_update > max_time)
      return damaged("impossible time of the last update");
    if (live_bytes_ == live_size) {
      x_.microseconds = at<int64_t>(bytes, x_.live_begin + 8);
      if (x_.microseconds < 0 || x_.microseconds >= 1000000)
        return damaged("impossible time of the last update");
    }
    auto pending = x_.live_begin + live_bytes_;
    for (size_t i = 0; i < sources_; ++i)
      if (!last_text(pending + i * pending_size, x_.definition.sources[i].type))
        return damaged("unreadable last value of a source");
    auto pointers = header_size_ - archives_ * pointer_size;
    for (size_t i = 0; i < archives_; ++i)
      if (at<uint64_t>(bytes, pointers + i * pointer_size)
          >= x_.definition.archives[i].rows)
        return damaged("an archive's pointer is out of range");
    return true;
  }

  uint64_t header_size() const {
    return header_size_;
  }

private:
  bool damaged(const char* reason) {
    x_.state = header_state::damaged;
    x_.reason = reason;
    return false;
  }

  bool source(size_t base) {
    const auto& bytes = x_.bytes;
    source_definition result;
    auto name = text_at(bytes, base + source_name_at, text_size);
    if (!is_name(name))
      return damaged("a source's name is not allowed");
    result.name = name;
    auto type = text_at(bytes, base + source_type_at, text_size);
    if (type == "COMPUTE")
      unsupported_ = "sources of type COMPUTE are not supported";
    else if (!named(type, source_type::dderive, result.type))
      return damaged("a source of unknown type");
    result.heartbeat = at<int64_t>(bytes, base + source_tunables_at);
    result.min = at<double>(bytes, base + source_tunables_at + 8);
    result.max = at<double>(bytes, base + source_tunables_at + 16);
    x_.definition.sources.push_back(std::move(result));
    return true;
  }

  bool archive(size_t base, uint64_t& rows_in_all) {
    const auto& bytes = x_.bytes;
    archive_definition result;
    auto name = text_at(bytes, base + archive_function_at, text_size);
    if (!named(name, consolidation::last, result.function)) {
      if (!is_holt_winters(name))
        return damaged("an archive with an unknown function");
      unsupported_ = "Holt-Winters archives are not supported";
    }
    auto rows = at<uint64_t>(bytes, base + archive_rows_at);
    auto steps = at<uint64_t>(bytes, base + archive_steps_at);
    if (rows == 0 || rows > max_number || steps == 0 || steps > max_number)
      return damaged("an archive with an impossible number of rows or steps");
    auto step = static_cast<uint64_t>(x_.definition.step);
    if (steps > static_cast<uint64_t>(max_time) / step
        || rows > static_cast<uint64_t>(max_time) / (steps * step))
      return damaged("an archive that spans an impossible time");
    result.rows = static_cast<uint32_t>(rows);
    result.steps = static_cast<uint32_t>(steps);
    result.xff = at<double>(bytes, base + archive_xff_at);
    x_.definition.archives.push_back(result);
    rows_in_all += rows;
    return true;
  }

  /// librrd reads the text up to its terminator; of some types it must be a
  /// number.
  bool last_text(size_t base, source_type type) {
    auto text = text_at(x_.bytes, base, last_text_size);
    if (text.data() == nullptr)
      return false;
    if (type != source_type::dcounter && type != source_type::dderive)
      return true;
    if (text.substr(0, 1) == "U")
      return true;
    if (text.substr(0, 1) == "+")
      text.remove_prefix(1);
    double ignored = 0;
    auto end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, ignored);
    return error == std::errc{} && stop == end;
  }

  rrd_header& x_;
  uint64_t size_;
  size_t live_bytes_ = 0;
  uint64_t sources_ = 0;
  uint64_t archives_ = 0;
  uint64_t header_size_ = 0;
  std::string unsupported_;
};

template <class T>
void put(std::string& bytes, size_t offset, const T& x) {
  std::memcpy(bytes.data() + offset, &x, sizeof(T));
}

size_t tunables_of(size_t source) {
  return static_size + source * source_size + source_tunables_at;
}

/// A limit as it stands in a file; none is NaN as librrd writes it.
double as_limit(double x) {
  return std::isfinite(x) ? x : librrd::unknown();
}

/// The limit that a file gets which has `now`.
double tuned_limit(double now, double wanted) {
  return std::isnan(wanted) ? now : as_limit(wanted);
}

void put_tunables(std::string& bytes, size_t i, const source_definition& x) {
  auto at = tunables_of(i);
  put(bytes, at, x.heartbeat);
  put(bytes, at + 8, as_limit(x.min));
  put(bytes, at + 16, as_limit(x.max));
}

/// Whether two limits are equal; NaN is no limit.
bool same(double x, double y) {
  return x == y || (std::isnan(x) && std::isnan(y));
}

/// Most headers fit into so many bytes.
constexpr uint64_t first_read = 4096;

/// @param more reads on until so many bytes are there; false on failure
template <class F>
void parse(rrd_header& x, uint64_t size, bool live, F more) {
  parser p{x, size};
  if (!p.statics())
    return;
  if (x.bytes.size() < p.header_size() && !more(p.header_size()))
    return;
  if (x.bytes.size() < p.header_size()) {
    x.reason = "too short for its header";
    return;
  }
  x.bytes.resize(p.header_size());
  if (p.definitions() && live)
    p.live();
}

rrd_header read(int fd, uint64_t size, bool live) {
  rrd_header result;
  auto more = [&](size_t wanted) {
    if (read_on(fd, result.bytes, wanted))
      return true;
    result.state = header_state::unreadable;
    result.reason = std::generic_category().message(errno);
    return false;
  };
  if (more(std::min(size, first_read)))
    parse(result, size, live, more);
  return result;
}

} // namespace

std::string_view rrd_header::last_text(size_t source) const noexcept {
  auto first = std::memcmp(bytes.data() + version_at, "0001", 4) == 0;
  auto at
    = live_begin + (first ? live_size_0001 : live_size) + source * pending_size;
  auto text = bytes.data() + at;
  return {text, ::strnlen(text, last_text_size)};
}

int64_t rrd_header::microtime(const row_block& rows, size_t i) const {
  return std::memcmp(bytes.data() + version_at, "0003", 4) < 0
           ? rows.times[i] * 1000000
           : rrd_decimal::microtime(rows.time_ms(i));
}

rrd_header parse_header(std::string bytes, uint64_t size) {
  rrd_header result;
  result.bytes = std::move(bytes);
  parse(result, size, true, [](size_t) { return true; });
  return result;
}

rrd_header read_header(int fd, uint64_t size) {
  return read(fd, size, true);
}

rrd_header read_definitions(int fd, uint64_t size) {
  return read(fd, size, false);
}

rrd_header
make_header(const file_definition& x, int64_t last_update, uint64_t seed) {
  auto sources = x.sources.size();
  auto archives = x.archives.size();
  auto live = static_size + sources * source_size + archives * archive_size;
  auto pending = live + live_size;
  auto consolidated = pending + sources * pending_size;
  auto pointers = consolidated + archives * sources * consolidated_size;
  std::string bytes(pointers + archives * pointer_size, '\0');
  auto text
    = [&](size_t at, std::string_view y) { bytes.replace(at, y.size(), y); };
  text(cookie_at, "RRD");
  auto is_new = [](auto& y) {
    return y.type == source_type::dcounter || y.type == source_type::dderive;
  };
  text(version_at, std::any_of(x.sources.begin(), x.sources.end(), is_new)
                     ? "0005"
                     : "0003");
  put(bytes, float_cookie_at, float_cookie);
  put(bytes, source_count_at, uint64_t{sources});
  put(bytes, archive_count_at, uint64_t{archives});
  put(bytes, step_at, x.step);
  put(bytes, live, last_update);
  for (size_t i = 0; i < sources; ++i) {
    auto at = static_size + i * source_size;
    text(at + source_name_at, x.sources[i].name.substr(0, text_size - 1));
    text(at + source_type_at, to_string(x.sources[i].type));
    put_tunables(bytes, i, x.sources[i]);
    auto to = pending + i * pending_size;
    text(to, "U");
    put(bytes, to + unknown_seconds_at, last_update % x.step);
    put(bytes, to + pending_value_at, librrd::unknown());
  }
  for (size_t i = 0; i < archives; ++i) {
    auto& archive = x.archives[i];
    auto at = static_size + sources * source_size + i * archive_size;
    text(at + archive_function_at, to_string(archive.function));
    put(bytes, at + archive_rows_at, uint64_t{archive.rows});
    put(bytes, at + archive_steps_at, uint64_t{archive.steps});
    put(bytes, at + archive_xff_at, archive.xff);
    for (size_t j = 0; j < sources; ++j) {
      auto to = consolidated + (i * sources + j) * consolidated_size;
      put(bytes, to, librrd::unknown());
      put(bytes, to + unknown_points_at, last_update / x.step % archive.steps);
    }
    put(bytes, pointers + i * pointer_size,
        XXH3_64bits_withSeed(&i, sizeof(i), seed) % archive.rows);
  }
  return parse_header(std::move(bytes), rrd_file_size(x));
}

std::vector<size_t> tune(rrd_header& x, const file_definition& wanted) {
  std::vector<size_t> result;
  auto& sources = x.definition.sources;
  for (size_t i = 0; i < sources.size(); ++i) {
    auto& to = sources[i];
    auto from = std::find_if(wanted.sources.begin(), wanted.sources.end(),
                             [&](auto& y) {
                               return y.name == to.name && y.type == to.type;
                             });
    if (from == wanted.sources.end())
      continue;
    auto heartbeat = from->learns_heartbeat() ? to.heartbeat : from->heartbeat;
    auto min = tuned_limit(to.min, from->min);
    auto max = tuned_limit(to.max, from->max);
    if (same(min, to.min) && same(max, to.max) && heartbeat == to.heartbeat)
      continue;
    to.heartbeat = heartbeat;
    to.min = min;
    to.max = max;
    put_tunables(x.bytes, i, to);
    result.push_back(i);
  }
  return result;
}

std::vector<size_t> set_heartbeat(rrd_header& x, int64_t heartbeat) {
  std::vector<size_t> result;
  auto& sources = x.definition.sources;
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].heartbeat == heartbeat)
      continue;
    sources[i].heartbeat = heartbeat;
    put_tunables(x.bytes, i, sources[i]);
    result.push_back(i);
  }
  return result;
}

bool write_tuned(int fd, const rrd_header& x, size_t source) {
  auto at = tunables_of(source);
  return write_all(fd, std::string_view{x.bytes}.substr(at, tunables_size), at);
}

std::string undo_image(const rrd_header& x) {
  auto sources = x.definition.sources.size();
  std::string result;
  result.reserve(sources * tunables_size + x.bytes.size() - x.live_begin);
  for (size_t i = 0; i < sources; ++i)
    result.append(x.bytes, tunables_of(i), tunables_size);
  result.append(x.bytes, x.live_begin);
  return result;
}

bool restore_image(int fd, const rrd_header& x, std::string_view image) {
  for (size_t i = 0; i < x.definition.sources.size(); ++i) {
    if (!write_all(fd, image.substr(0, tunables_size), tunables_of(i)))
      return false;
    image.remove_prefix(tunables_size);
  }
  return write_all(fd, image, x.live_begin);
}

} // namespace rrdflow
