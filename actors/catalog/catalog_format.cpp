#include "actors/catalog/catalog_format.hpp"

#include "actors/catalog/catalog_bytes.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace rrdflow {

namespace {

constexpr uint8_t record_start = 0xA7;

uint64_t check_of(uint8_t kind, std::string_view payload) {
  auto seed
    = uint64_t{catalog_version} << 48 | uint64_t{kind} << 32 | payload.size();
  return XXH3_64bits_withSeed(payload.data(), payload.size(), seed);
}

/// The payload of the record that begins `bytes`, if it is good.
std::optional<std::string_view> good_record(std::string_view bytes) {
  if (bytes.size() < catalog_record_overhead
      || static_cast<uint8_t>(bytes[0]) != record_start)
    return std::nullopt;
  catalog_reader in{bytes.substr(1)};
  auto kind = in.number<uint8_t>();
  auto length = in.number<uint32_t>();
  auto check = in.number<uint64_t>();
  if (length > catalog_max_payload || length > in.left())
    return std::nullopt;
  auto payload = bytes.substr(catalog_record_overhead, length);
  if (check_of(kind, payload) != check)
    return std::nullopt;
  return payload;
}

/// Equal definitions have equal bytes.
double one_nan(double x) {
  return std::isnan(x) ? std::numeric_limits<double>::quiet_NaN() : x;
}

template <class T>
bool read_enum(catalog_reader& in, T last, T& x) {
  auto n = in.number<uint8_t>();
  x = static_cast<T>(n);
  return n <= static_cast<uint8_t>(last);
}

} // namespace

std::string catalog_header() {
  std::string result{catalog_magic};
  catalog_writer out{result};
  out.number(catalog_version);
  out.number(uint32_t{0});
  return result;
}

bool is_catalog(std::string_view bytes) {
  return bytes.substr(0, catalog_header_size) == catalog_header();
}

void append_record(catalog_kind kind, std::string_view payload,
                   std::string& out) {
  catalog_writer to{out};
  to.number(record_start);
  to.number(static_cast<uint8_t>(kind));
  to.number(static_cast<uint32_t>(payload.size()));
  to.number(check_of(static_cast<uint8_t>(kind), payload));
  out += payload;
}

void append_definition(const file_definition& x, std::string& out) {
  catalog_writer to{out};
  to.number(x.step);
  to.number(x.lateness);
  to.number(static_cast<uint32_t>(x.sources.size()));
  for (auto& s : x.sources) {
    to.text(s.name);
    to.number(static_cast<uint8_t>(s.type));
    to.number(static_cast<uint8_t>(s.sample));
    to.number(static_cast<uint8_t>(s.fill));
    to.number(s.heartbeat);
    to.number(one_nan(s.min));
    to.number(one_nan(s.max));
  }
  to.number(static_cast<uint32_t>(x.archives.size()));
  for (auto& a : x.archives) {
    to.number(static_cast<uint8_t>(a.function));
    to.number(a.xff);
    to.number(a.steps);
    to.number(a.rows);
  }
}

std::optional<file_definition> read_definition(std::string_view bytes) {
  catalog_reader in{bytes};
  file_definition x;
  x.step = in.number<int64_t>();
  x.lateness = in.number<int64_t>();
  auto fine = x.step > 0 && x.lateness >= 0;
  for (auto n = in.number<uint32_t>(); n > 0 && in.good(); --n) {
    source_definition s;
    s.name = in.text();
    fine &= read_enum(in, source_type::dderive, s.type);
    fine &= read_enum(in, slot_sample::count, s.sample);
    fine &= read_enum(in, gap_fill::none, s.fill);
    s.heartbeat = in.number<int64_t>();
    s.min = in.number<double>();
    s.max = in.number<double>();
    x.sources.push_back(std::move(s));
  }
  for (auto n = in.number<uint32_t>(); n > 0 && in.good(); --n) {
    archive_definition a;
    fine &= read_enum(in, consolidation::last, a.function);
    a.xff = in.number<double>();
    a.steps = in.number<uint32_t>();
    a.rows = in.number<uint32_t>();
    x.archives.push_back(a);
  }
  if (!fine || !in.done() || x.sources.empty())
    return std::nullopt;
  return x;
}

catalog_scan
scan_records(std::string_view bytes,
             const std::function<void(catalog_kind, std::string_view)>& visit) {
  catalog_scan result;
  auto at = std::min(catalog_header_size, bytes.size());
  result.end = at;
  while (at < bytes.size()) {
    auto payload = good_record(bytes.substr(at));
    if (!payload) {
      at = std::min(bytes.find(static_cast<char>(record_start), at + 1),
                    bytes.size());
      continue;
    }
    if (at != result.end)
      ++result.gaps;
    visit(static_cast<catalog_kind>(bytes[at + 1]), *payload);
    ++result.records;
    at += catalog_record_overhead + payload->size();
    result.end = at;
  }
  return result;
}

} // namespace rrdflow
