#include "actors/catalog/catalog_format.hpp"

#include "actors/base/checked_record.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

constexpr char record_start = '\xA7';

constexpr auto& layout = catalog_layout;

uint64_t seed_of(char kind, size_t size) {
  return uint64_t{catalog_version} << 48
         | uint64_t{static_cast<uint8_t>(kind)} << 32 | size;
}

} // namespace

std::string catalog_header() {
  std::string result{catalog_magic};
  byte_writer out{result};
  out.number(catalog_version);
  out.number(uint32_t{0});
  return result;
}

bool is_catalog(std::string_view bytes) {
  return bytes.substr(0, catalog_header_size) == catalog_header();
}

void append_record(catalog_kind kind, std::string_view payload,
                   std::string& out) {
  char header[layout.header] = {record_start, static_cast<char>(kind)};
  seal_record(layout, header, payload, seed_of(header[1], payload.size()));
  out.append(header, layout.header);
  out += payload;
}

catalog_scan
scan_records(std::string_view bytes,
             const std::function<void(catalog_kind, std::string_view)>& visit) {
  catalog_scan result;
  auto at = std::min(catalog_header_size, bytes.size());
  result.end = at;
  std::optional<std::string_view> payload;
  auto is_record = [&](size_t i) {
    if (bytes[i] == record_start)
      payload = payload_at(layout, bytes.substr(i), [](const char* header) {
        return seed_of(header[1], payload_size(layout, header));
      });
    return payload.has_value();
  };
  for (;; payload.reset()) {
    at = find_record(at, bytes.size(), 1, is_record);
    if (!payload)
      return result;
    result.gaps += at != result.end;
    visit(static_cast<catalog_kind>(bytes[at + 1]), *payload);
    ++result.records;
    at += layout.header + payload->size();
    result.end = at;
  }
}

} // namespace rrdflow
