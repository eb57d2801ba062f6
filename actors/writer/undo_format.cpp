#include "actors/writer/undo_format.hpp"

#include "messages/error.hpp"

#include <dirent.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>
#include <tuple>

namespace rrdflow {

namespace {

constexpr size_t head_size = 12;
constexpr size_t fixed_size = 27;
constexpr size_t max_size = 128u << 20;

template <class T>
void put(std::string& to, T x) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &x, sizeof(T));
  to.append(bytes, sizeof(T));
}

template <class T>
T take(std::string_view& from) {
  T result;
  std::memcpy(&result, from.data(), sizeof(T));
  from.remove_prefix(sizeof(T));
  return result;
}

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
  put<uint64_t>(log, 0);
  put(log, static_cast<uint32_t>(fixed_size + x.path.size() + x.image.size()));
  put(log, static_cast<uint8_t>(x.kind));
  put(log, x.identity.inode);
  put(log, x.identity.birth);
  put(log, x.definitions);
  put(log, static_cast<uint16_t>(x.path.size()));
  log += x.path;
  log += x.image;
  auto sum = XXH3_64bits_withSeed(log.data() + begin + 8,
                                  log.size() - begin - 8, marker);
  std::memcpy(log.data() + begin, &sum, sizeof(sum));
}

bool take_record(std::string_view& log, undo_record& x, uint64_t marker) {
  if (log.size() < head_size + fixed_size)
    return false;
  auto rest = log;
  auto sum = take<uint64_t>(rest);
  auto size = take<uint32_t>(rest);
  if (size < fixed_size || size > max_size || size > rest.size() || rest[0] < 1
      || rest[0] > 2
      || XXH3_64bits_withSeed(log.data() + 8, size + 4, marker) != sum)
    return false;
  auto body = rest.substr(0, size);
  auto kind = take<uint8_t>(body);
  x.kind = static_cast<undo_kind>(kind);
  x.identity.inode = take<uint64_t>(body);
  x.identity.birth = take<int64_t>(body);
  x.definitions = take<uint64_t>(body);
  auto path_size = take<uint16_t>(body);
  if (path_size > body.size())
    return false;
  x.path = body.substr(0, path_size);
  x.image = body.substr(path_size);
  log = rest.substr(size);
  return true;
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
  auto failed = [&] {
    return fail(ec::io_failed,
                folder + ": " + std::generic_category().message(errno));
  };
  if (!entries)
    return failed();
  for (;;) {
    errno = 0;
    auto entry = ::readdir(entries.get());
    if (entry == nullptr && errno != 0)
      return failed();
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
