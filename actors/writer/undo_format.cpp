#include "actors/writer/undo_format.hpp"

#include "actors/base/checked_record.hpp"
#include "actors/base/file.hpp"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>
#include <tuple>

namespace rrdflow {

namespace {

constexpr record_layout layout = {
  /* header */ 12,
  /* length_at */ 8,
  /* check_at */ 0,
  /* checked_from */ 8,
  /* max_payload */ 128u << 20,
};

/// Bytes that are passed over in search of a record: each place that looks like
/// one costs a checksum.
constexpr size_t max_gap = 1 << 20;

/// What a body has in front of the path.
constexpr size_t fixed_size = 27;

template <class T>
bool number(std::string_view text, T& x) {
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, x);
  return !text.empty() && error == std::errc{} && stop == end;
}

bool parse_name(std::string_view name, undo_file& x) {
  constexpr std::string_view prefix = "undo-";
  return name.size() > 26 && name.substr(0, 5) == prefix && name[25] == '-'
         && number(name.substr(5, 20), x.marker)
         && number(name.substr(26), x.writer);
}

} // namespace

void append_record(std::string& log, const undo_record& x, uint64_t marker) {
  auto begin = log.size();
  log.append(layout.header, '\0');
  byte_writer out{log};
  out.number(static_cast<uint8_t>(x.kind));
  out.number(x.identity.inode);
  out.number(x.identity.birth);
  out.number(x.definitions);
  out.number(static_cast<uint16_t>(x.path.size()));
  log += x.path;
  log += x.image;
  seal_record(layout, log, begin, marker);
}

bool take_record(std::string_view& log, undo_record& x, uint64_t marker) {
  // Cheap checks first: a search for records comes by here for each byte.
  if (log.size() < layout.header + fixed_size)
    return false;
  auto kind = static_cast<undo_kind>(log[layout.header]);
  if (kind != undo_kind::image && kind != undo_kind::absent
      && kind != undo_kind::renewed)
    return false;
  auto body = payload_at(layout, log, [=](auto) { return marker; });
  if (!body || body->size() < fixed_size)
    return false;
  byte_reader in{*body};
  in.number<uint8_t>();
  undo_record result;
  result.kind = kind;
  result.identity.inode = in.number<uint64_t>();
  result.identity.birth = in.number<int64_t>();
  result.definitions = in.number<uint64_t>();
  result.path = in.take(in.number<uint16_t>());
  if (!in.good())
    return false;
  result.image = in.rest();
  x = result;
  log.remove_prefix(layout.header + body->size());
  return true;
}

caf::error undo_reader::open(const std::string& name) {
  auto file = mapped_file::open(name);
  if (!file)
    return std::move(file.error());
  file_ = std::move(*file);
  rest_ = {reinterpret_cast<const char*>(file_->data()), file_->size()};
  if (rest_.substr(0, undo_magic.size()) == undo_magic)
    rest_.remove_prefix(undo_magic.size());
  return caf::none;
}

bool undo_reader::next(undo_record& x, uint64_t marker) {
  for (size_t gap = 0; gap < std::min(max_gap, rest_.size()); ++gap) {
    auto behind = rest_.substr(gap);
    if (!take_record(behind, x, marker))
      continue;
    rest_ = behind;
    damaged_ += gap;
    return true;
  }
  return false;
}

std::string
undo_name(const std::string& store, uint64_t marker, uint32_t writer) {
  char name[64];
  std::snprintf(name, sizeof(name), "/snapshot/undo-%020llu-%u",
                static_cast<unsigned long long>(marker), writer);
  return store + name;
}

caf::expected<std::vector<undo_file>> undo_files(const std::string& store) {
  std::vector<undo_file> result;
  auto folder = store + "/snapshot";
  std::unique_ptr<DIR, int (*)(DIR*)> entries{
    ::opendir(folder.c_str()), [](DIR* x) { return x ? ::closedir(x) : 0; }};
  if (!entries && errno == ENOENT)
    return result;
  if (!entries)
    return file_error(folder, errno);
  for (;;) {
    errno = 0;
    auto entry = ::readdir(entries.get());
    if (entry == nullptr && errno != 0)
      return file_error(folder, errno);
    if (entry == nullptr)
      break;
    undo_file x;
    if (!parse_name(entry->d_name, x))
      continue;
    x.name = folder + '/' + entry->d_name;
    result.push_back(std::move(x));
  }
  std::sort(result.begin(), result.end(), [](const auto& x, const auto& y) {
    return std::tie(x.marker, x.writer) < std::tie(y.marker, y.writer);
  });
  return result;
}

} // namespace rrdflow
