#include "actors/cache/shard_section.hpp"

#include "actors/base/definition_codec.hpp"
#include "messages/error.hpp"

#include <msgpack.hpp>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rrdflow {

namespace {

/// `retire before` of a file that is not to be retired.
constexpr int64_t always = std::numeric_limits<int64_t>::min();

constexpr int version = 2;

/// Elements of a file, and of one in version 1.
constexpr uint32_t file_size = 14;
constexpr uint32_t first_file_size = 12;

constexpr uint32_t loss_size = 12;

struct sink {
  std::string& out;

  void write(const char* data, size_t size) {
    out.append(data, size);
  }
};

/// Packs the arguments one after the other.
template <class... Ts>
void pack_all(msgpack::packer<sink>& p, const Ts&... xs) {
  (p.pack(xs), ...);
}

} // namespace

// -- packing ------------------------------------------------------------------

shard_packer::shard_packer(file_table& files,
                           std::shared_ptr<const file_names> names)
  : files_{files}, names_{std::move(names)} {
  // nop
}

void shard_packer::begin(uint64_t marker, position at, int64_t watermark,
                         const shard_totals& totals,
                         const std::vector<file_loss>& losses) {
  active_ = true;
  out_.clear();
  place_ = 0;
  is_packed_.assign(files_.places(), false);
  count_ = 0;
  definitions_.clear();
  kept_.clear();
  std::map<std::string, uint64_t> abandoned;
  for (size_t i = 0; i < abandon_reasons; ++i)
    abandoned.emplace(to_string(static_cast<abandon_reason>(i)),
                      totals.rows_abandoned[i]);
  sink s{out_};
  msgpack::packer<sink> p{s};
  p.pack_array(11);
  pack_all(p, 0, "rrdflow-shard", version, marker, at, watermark,
           totals.samples_merged, totals.rows_opened, totals.rows_written,
           totals.samples_late, abandoned);
  for (auto& x : losses) {
    p.pack_array(loss_size);
    pack_all(p, 4, names_->key(x.file), static_cast<unsigned>(x.kind), x.source,
             x.count, x.second, x.sealed_until, x.time, x.value, x.reason,
             x.text, x.label);
  }
}

void shard_packer::leave_out(const cached_file& x) {
  if (!active_)
    return;
  is_packed_.resize(files_.places());
  is_packed_[files_.place_of(x)] = true;
}

bool shard_packer::pack_some(size_t bytes) {
  if (!active_)
    return false;
  auto enough = out_.size() + bytes;
  for (; place_ < files_.places() && out_.size() < enough; ++place_)
    if (auto& x = files_.at(place_); x.in_use)
      pack_once(x);
  if (place_ < files_.places())
    return true;
  sink s{out_};
  msgpack::packer<sink> p{s};
  p.pack_array(2);
  pack_all(p, 3, count_);
  active_ = false;
  is_packed_ = {};
  definitions_.clear();
  kept_.clear();
  return false;
}

std::string shard_packer::take() {
  return std::exchange(out_, {});
}

void shard_packer::pack_once(const cached_file& x) {
  auto place = files_.place_of(x);
  if (is_packed_[place])
    return;
  is_packed_[place] = true;
  add(x);
}

void shard_packer::add(const cached_file& x) {
  auto definition = number_of(files_.definition(x));
  auto& previous = files_.previous(x);
  auto* newest = files_.newest(x);
  sink s{out_};
  msgpack::packer<sink> p{s};
  p.pack_array(file_size);
  pack_all(p, 2, names_->key(x.id), definition, x.sealed_until, x.first_arrival,
           x.newest_arrival,
           x.retiring ? int64_t{x.newest_arrival} + 1 : always, x.sealed,
           files_.handed(x), previous.end);
  p.pack_array(static_cast<uint32_t>(previous.sources.size()));
  for (auto& y : previous.sources) {
    p.pack_array(5);
    pack_all(p, y.time, y.value.known, y.value.value.bits, newest->time,
             newest->value.bits);
    ++newest;
  }
  auto bytes = row_view::stored_bytes(files_.sources(x));
  p.pack_bin(static_cast<uint32_t>(x.rows.size() * bytes));
  x.rows.for_each(0, [&](row_view row) {
    out_.resize(out_.size() + bytes);
    row.store_to(out_.data() + out_.size() - bytes);
    return true;
  });
  pack_all(p, x.interval.raw(), x.interval.pauses());
  ++count_;
}

uint32_t shard_packer::number_of(const definition_ptr& x) {
  auto [i, added]
    = definitions_.emplace(x.get(), static_cast<uint32_t>(kept_.size()));
  if (added) {
    sink s{out_};
    msgpack::packer<sink> p{s};
    p.pack_array(1 + packed_definition_size);
    p.pack(1);
    pack_definition(*x, out_);
    kept_.push_back(x);
  }
  return i->second;
}

// -- unpacking ----------------------------------------------------------------

namespace {

using object = msgpack::object;

/// Ends the unpacking of damaged bytes; never leaves this file.
struct damage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void require(bool x, const char* what) {
  if (!x)
    throw damage{what};
}

/// The elements of an array.
struct elements {
  const object* begin;
  uint32_t size;

  explicit elements(const object& x) {
    require(x.type == msgpack::type::ARRAY, "no array");
    begin = x.via.array.ptr;
    size = x.via.array.size;
  }

  elements(const object& x, uint32_t wanted) : elements{x} {
    require(size == wanted, "wrong number of elements");
  }

  template <class T>
  T as(size_t i) const {
    return begin[i].as<T>();
  }

  /// Seconds of which sums do not overflow.
  int64_t seconds(size_t i) const {
    constexpr auto bound = int64_t{1} << 33;
    auto result = as<int64_t>(i);
    require(result > -bound && result < bound, "a time out of bounds");
    return result;
  }
};

definition_ptr to_definition(const object& x) {
  elements xs{x, 1 + packed_definition_size};
  auto result = unpack_definition(xs.begin + 1);
  require(result.has_value(), "a bad definition");
  return std::make_shared<file_definition>(std::move(*result));
}

/// Refers to rows that are in order; of several sources, sealed ones may have a
/// slot in common.
void take_rows(const object& x, size_t row_bytes, uint16_t sources,
               unpacked_file& out) {
  require(x.type == msgpack::type::BIN, "no rows");
  require(x.via.bin.size % row_bytes == 0, "half a row");
  uint32_t before = 0;
  for (size_t i = 0; i < x.via.bin.size; i += row_bytes) {
    auto slot = row_view::stored_slot(x.via.bin.ptr + i, sources);
    auto may_equal = sources > 1 && i > 0 && i / row_bytes < out.sealed;
    require(slot > before || (may_equal && slot == before),
            "rows out of order");
    before = slot;
  }
  out.rows = x.via.bin.ptr;
  out.row_count = static_cast<uint32_t>(x.via.bin.size / row_bytes);
}

shard_totals to_totals(const elements& xs) {
  shard_totals result;
  result.samples_merged = xs.as<uint64_t>(6);
  result.rows_opened = xs.as<uint64_t>(7);
  result.rows_written = xs.as<uint64_t>(8);
  result.samples_late = xs.as<std::map<std::string, uint64_t>>(9);
  for (auto& [text, n] : xs.as<std::map<std::string, uint64_t>>(10)) {
    size_t i = 0;
    while (i < abandon_reasons
           && text != to_string(static_cast<abandon_reason>(i)))
      ++i;
    require(i < abandon_reasons, "an unknown reason");
    result.rows_abandoned[i] = n;
  }
  return result;
}

/// Strings and rows need no copy: they are read at once, or stay.
bool refer(msgpack::type::object_type, size_t, void*) {
  return true;
}

/// Unpacks sections, one after the other, into what shards start from.
class unpacker {
public:
  explicit unpacker(std::vector<shard_start>& out) : out_{out} {
    // nop
  }

  void take(std::string_view bytes, size_t section) {
    // Nothing can be larger than the bytes it is made of, and nothing is nested
    // deeper than a source in its list in a file.
    msgpack::unpack_limit limit{0x10000, 0x100000, 0x10000, bytes.size(), 0, 4};
    definitions_.clear();
    uint64_t files = 0;
    auto ended = false;
    for (size_t at = 0, n = 0; at < bytes.size(); ++n) {
      require(!ended, "bytes behind the end");
      auto x = msgpack::unpack(bytes.data(), bytes.size(), at, refer, nullptr,
                               limit);
      elements xs{x.get()};
      require(xs.size > 0, "an empty array");
      auto kind = xs.as<unsigned>(0);
      require((n == 0) == (kind == 0), "the header is not in front");
      if (kind == 0) {
        take_header({x.get(), 11}, section);
      } else if (kind == 1) {
        definitions_.push_back(to_definition(x.get()));
      } else if (kind == 2) {
        take_file({x.get(), is_first_ ? first_file_size : file_size});
        ++files;
      } else if (kind == 4) {
        take_loss({x.get(), loss_size});
      } else {
        require(kind == 3 && xs.size == 2 && xs.as<uint64_t>(1) == files,
                "files are missing");
        ended = true;
      }
    }
    require(ended, "the end is missing");
  }

  void finish() {
    std::vector<uint64_t> keys;
    for (auto& shard : out_) {
      shard.watermark = watermark_;
      keys.clear();
      for (auto& x : shard.files)
        keys.push_back(x.key);
      std::sort(keys.begin(), keys.end());
      require(std::adjacent_find(keys.begin(), keys.end()) == keys.end(),
              "a file comes twice");
    }
  }

private:
  void take_header(const elements& xs, size_t section) {
    require(xs.as<std::string>(1) == "rrdflow-shard", "not of a shard");
    auto number = xs.as<int>(2);
    require(number == 1 || number == version, "another version");
    is_first_ = number == 1;
    watermark_ = std::max(watermark_, xs.seconds(5));
    out_[section % out_.size()].totals.add(to_totals(xs));
  }

  void take_file(const elements& xs) {
    auto number = xs.as<uint32_t>(2);
    require(number < definitions_.size(), "unknown definition");
    unpacked_file x;
    x.key = xs.as<uint64_t>(1);
    auto& shard = out_[x.key % out_.size()];
    x.definition = definitions_[number];
    x.sealed_until = to_second32(xs.seconds(3));
    auto first_arrival = xs.seconds(4);
    require(first_arrival <= watermark_, "a reading from the future");
    x.first_arrival = to_second32(first_arrival);
    auto newest_arrival = xs.seconds(5);
    x.newest_arrival = to_second32(newest_arrival);
    x.retiring = newest_arrival < xs.as<int64_t>(6);
    x.sealed = xs.as<uint32_t>(7);
    x.previous_end = to_second32(xs.seconds(9));
    auto n = static_cast<uint16_t>(x.definition->sources.size());
    elements sources{xs.begin[10], n};
    for (uint32_t i = 0; i < n; ++i) {
      elements ys{sources.begin[i], 5};
      shard.sources.push_back(
        {{time_of(ys), {{ys.as<uint64_t>(2)}, ys.as<bool>(1)}},
         {ys.as<int64_t>(3), {ys.as<uint64_t>(4)}}});
    }
    take_rows(xs.begin[11], row_view::stored_bytes(n), n, x);
    require(x.sealed <= x.row_count, "more sealed than there are");
    require(xs.as<uint32_t>(8) <= x.sealed, "handed over before sealed");
    x.first_version = is_first_;
    if (!is_first_)
      x.interval = {xs.as<uint16_t>(12), xs.as<uint8_t>(13)};
    shard.files.push_back(std::move(x));
  }

  void take_loss(const elements& xs) {
    auto kind = xs.as<unsigned>(2);
    require(kind <= static_cast<unsigned>(loss_kind::reset), "an unknown loss");
    auto key = xs.as<uint64_t>(1);
    file_loss x;
    x.kind = static_cast<loss_kind>(kind);
    x.source = xs.as<uint16_t>(3);
    x.count = xs.as<uint64_t>(4);
    x.second = xs.seconds(5);
    x.sealed_until = xs.seconds(6);
    x.time = xs.as<int64_t>(7);
    x.value = xs.as<double>(8);
    x.reason = xs.as<std::string>(9);
    x.text = xs.as<std::string>(10);
    x.label = xs.as<std::string>(11);
    out_[key % out_.size()].losses.emplace_back(key, std::move(x));
  }

  /// Milliseconds.
  int64_t time_of(const elements& source) const {
    if (is_first_)
      return source.seconds(0) * 1000;
    constexpr auto bound = int64_t{1} << 43;
    auto result = source.as<int64_t>(0);
    require(result > -bound && result < bound, "a time out of bounds");
    return result;
  }

  std::vector<shard_start>& out_;
  int64_t watermark_ = 0;

  /// Of the section at hand.
  bool is_first_ = false;
  std::vector<definition_ptr> definitions_;
};

} // namespace

caf::expected<std::vector<shard_start>>
unpack_sections(std::vector<std::string> sections, uint32_t shards) {
  std::vector<shard_start> result(shards);
  auto shared
    = std::make_shared<const std::vector<std::string>>(std::move(sections));
  try {
    unpacker x{result};
    for (size_t i = 0; i < shared->size(); ++i)
      x.take((*shared)[i], i);
    x.finish();
  } catch (const std::bad_alloc&) {
    // Not the snapshot's fault: it must not be given up.
    throw;
  } catch (const std::exception& e) {
    return fail(ec::damaged, std::string{"snapshot of a shard: "} + e.what());
  }
  for (auto& x : result)
    x.sections = shared;
  return result;
}

} // namespace rrdflow
