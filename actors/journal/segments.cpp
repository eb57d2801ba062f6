#include "actors/journal/segments.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string_view>
#include <utility>

namespace rrdflow {

namespace {

constexpr auto below
  = [](position x, const segment_ptr& y) { return x < y->header.base; };

/// Exists while a failed sync is noted.
std::string note_path(const std::string& folder) {
  return folder + "/sync-failed";
}

bool write_bytes(int fd, const uint8_t* bytes, size_t size, uint64_t offset) {
  return write_all(fd, {reinterpret_cast<const char*>(bytes), size}, offset);
}

bool write_headers(int fd, const segment_header& header, uint64_t size) {
  uint8_t bytes[segment_header_size];
  write_header(bytes, header);
  return write_bytes(fd, bytes, sizeof(bytes), size - sizeof(bytes))
         && write_bytes(fd, bytes, sizeof(bytes), 0);
}

/// Makes a file of `size` bytes under a temporary name, has `fill(fd)` fill it,
/// and gives it its name when it is safe.
template <class F>
caf::expected<mapped_file_ptr>
make_file(const journal_files& files, const std::string& folder, position base,
          uint64_t size, F fill) {
  auto path = folder + "/" + segment_name(base);
  auto file = replacement_file::create(path);
  if (!file)
    return std::move(file.error());
  auto error_number = files.allocate(file->fd(), size);
  if (error_number == 0 && (!fill(file->fd()) || files.sync(file->fd()) != 0))
    error_number = errno;
  if (error_number != 0)
    return file_error(path, error_number);
  // The mapping keeps a descriptor of its own, for syncs.
  unique_fd fd{::fcntl(file->fd(), F_DUPFD_CLOEXEC, 0)};
  if (!fd)
    return file_error(path, errno);
  auto result = mapped_file::map(std::move(fd), path, size);
  if (!result)
    return result;
  if (auto err = file->commit(false))
    return err;
  if (auto err = sync_folder(folder))
    return err;
  return result;
}

} // namespace

// -- segment_list -------------------------------------------------------------

void segment_list::add(segment_ptr x) {
  std::lock_guard guard{lock_};
  xs_.push_back(std::move(x));
}

std::vector<segment_ptr>
segment_list::take_covered(position covered, position keep) {
  std::lock_guard guard{lock_};
  auto i = xs_.begin();
  while (i != xs_.end() && std::next(i) != xs_.end() && (*i)->header.base < keep
         && (*i)->end.load() <= covered)
    ++i;
  std::vector<segment_ptr> result{xs_.begin(), i};
  xs_.erase(xs_.begin(), i);
  return result;
}

segment_ptr segment_list::find(position at) const {
  std::lock_guard guard{lock_};
  auto next = std::upper_bound(xs_.begin(), xs_.end(), at, below);
  if (next == xs_.begin())
    return next == xs_.end() ? nullptr : *next;
  auto holds = *std::prev(next);
  return at < holds->end.load() || next == xs_.end() ? holds : *next;
}

segment_ptr segment_list::after(position base) const {
  std::lock_guard guard{lock_};
  auto next = std::upper_bound(xs_.begin(), xs_.end(), base, below);
  return next == xs_.end() ? nullptr : *next;
}

uint64_t segment_list::bytes(position covered) const {
  std::lock_guard guard{lock_};
  uint64_t result = 0;
  for (auto& x : xs_)
    if (x->end.load() > covered)
      result += x->size;
  return result;
}

std::vector<segment_ptr> segment_list::all() const {
  std::lock_guard guard{lock_};
  return xs_;
}

// -- files --------------------------------------------------------------------

journal_files journal_files::system() {
  return {
    [](int fd) { return ::fdatasync(fd); },
    [](int fd, uint64_t size) {
      return ::posix_fallocate(fd, 0, static_cast<off_t>(size));
    },
    [](const std::string& folder) -> uint64_t {
      struct statvfs st;
      if (::statvfs(folder.c_str(), &st) != 0)
        return 0;
      return static_cast<uint64_t>(st.f_bavail) * st.f_frsize;
    },
  };
}

caf::expected<mapped_file_ptr>
make_segment(const journal_files& files, const std::string& folder,
             const segment_header& header, uint64_t size) {
  return make_file(files, folder, header.base, size,
                   [&](int fd) { return write_headers(fd, header, size); });
}

caf::expected<mapped_file_ptr>
copy_segment(const journal_files& files, const std::string& folder,
             position base, const mapped_file& from) {
  constexpr size_t chunk = 4096;
  return make_file(files, folder, base, from.size(), [&](int fd) {
    for (size_t at = 0; at < from.size(); at += chunk) {
      auto n = std::min(chunk, from.size() - at);
      // The kernel answers EFAULT where touching the page would raise SIGBUS.
      if (!write_bytes(fd, from.data() + at, n, at) && errno != EFAULT)
        return false;
    }
    return true;
  });
}

caf::error cut_segment(const std::string& path, const segment_header& header,
                       uint64_t used) {
  auto fd = open_file(path, O_RDWR);
  if (!fd)
    return std::move(fd.error());
  if (::ftruncate(fd->get(), static_cast<off_t>(used)) != 0
      || !write_headers(fd->get(), header, used + segment_header_size))
    return file_error(path, errno);
  return caf::none;
}

caf::error sync_file(const journal_files& files, const std::string& path) {
  auto fd = open_file(path, O_RDWR);
  if (!fd)
    return std::move(fd.error());
  if (files.sync(fd->get()) != 0)
    return file_error(path, errno);
  return caf::none;
}

void note_failed_sync(const std::string& folder) noexcept {
  open_file(note_path(folder), O_WRONLY | O_CREAT);
}

bool has_failed_sync(const std::string& folder) noexcept {
  return ::access(note_path(folder).c_str(), F_OK) == 0;
}

void forget_failed_sync(const std::string& folder) noexcept {
  ::unlink(note_path(folder).c_str());
}

} // namespace rrdflow
