#include "actors/journal/journal_identity.hpp"

#include "actors/journal/segment_files.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace rrdflow {

namespace {

/// The file's size, without the terminator of the text.
constexpr size_t size = 34;

std::string path_of(const std::string& store) {
  return store + "/journal.id";
}

std::string text_of(uint64_t id) {
  char result[size + 1];
  std::snprintf(result, sizeof(result), "%016llx %016llx\n",
                static_cast<unsigned long long>(id),
                static_cast<unsigned long long>(XXH3_64bits(&id, sizeof(id))));
  return result;
}

} // namespace

caf::expected<uint64_t> read_journal_id(const std::string& store) {
  auto path = path_of(store);
  auto fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return 0;
  if (fd < 0)
    return file_error(path, errno);
  char text[size + 1] = {};
  auto n = ::read(fd, text, size);
  auto error = n < 0 ? errno : 0;
  ::close(fd);
  if (error != 0)
    return file_error(path, error);
  unsigned long long id = 0;
  if (n != static_cast<ssize_t>(size) || std::sscanf(text, "%16llx", &id) != 1
      || text_of(id) != text)
    return fail(ec::damaged, path + ": it is damaged");
  return id;
}

caf::error write_journal_id(const std::string& store, uint64_t id) {
  auto path = path_of(store);
  auto text = text_of(id);
  ::unlink(path.c_str());
  return keep_bytes(path, reinterpret_cast<const uint8_t*>(text.data()),
                    text.size());
}

} // namespace rrdflow
