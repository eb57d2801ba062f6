#include "actors/catalog/catalog_file.hpp"

#include "messages/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace rrdflow {

namespace {

constexpr auto& layout = catalog_layout;
constexpr char record_start = '\xA7';

uint64_t seed_of(char kind, size_t size) {
  return uint64_t{catalog_version} << 48
         | uint64_t{static_cast<uint8_t>(kind)} << 32 | size;
}

std::string path_in(const std::string& directory) {
  return directory + "/catalog";
}

} // namespace

// -- the format ---------------------------------------------------------------

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

// -- the file -----------------------------------------------------------------

caf::expected<catalog_file>
catalog_file::open(const std::string& directory, uint64_t size) {
  auto path = path_in(directory);
  auto fd = open_file(path, O_RDWR | O_NOFOLLOW);
  if (!fd)
    return std::move(fd.error());
  if (::ftruncate(fd->get(), static_cast<off_t>(size)) != 0
      || ::fsync(fd->get()) != 0)
    return file_error(path, errno);
  catalog_file result;
  result.fd_ = std::move(*fd);
  result.size_ = size;
  return result;
}

caf::expected<catalog_file>
catalog_file::replace(const std::string& directory, std::string_view content) {
  if (auto err = replace_file(path_in(directory), content, 0644))
    return err;
  return open(directory, content.size());
}

caf::expected<std::string> catalog_file::read(const std::string& directory) {
  auto result = read_file(path_in(directory));
  if (!result && result.error() == ec::not_found)
    return std::string{};
  return result;
}

caf::error catalog_file::commit() {
  if (broken_)
    return broken_;
  if (pending_.empty())
    return caf::none;
  if (!write_all(fd_.get(), pending_, size_)) {
    auto reason = errno;
    if (write_error(reason) != ec::disk_full
        || ::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0)
      return break_off(std::strerror(reason));
    return fail(ec::disk_full, "catalog: no space left");
  }
  // Whatever the reason for a failure: any part of it may be on the disk.
  if (::fdatasync(fd_.get()) != 0)
    return break_off(std::strerror(errno));
  size_ += pending_.size();
  pending_.clear();
  return caf::none;
}

caf::error catalog_file::break_off(std::string why) {
  if (::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0)
    why += std::string{"; it cannot be cut: "} + std::strerror(errno);
  broken_ = fail(ec::io_failed, "catalog: " + why);
  return broken_;
}

} // namespace rrdflow
