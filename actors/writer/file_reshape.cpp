#include "actors/writer/file_reshape.hpp"

#include "actors/base/file.hpp"
#include "actors/writer/rrd_reader.hpp"
#include "actors/writer/rrd_reshape.hpp"
#include "messages/error.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace rrdflow {

namespace {

std::string system_reason() {
  return std::generic_category().message(errno);
}

/// Page by page, see write_batch.cpp.
bool write_pages(int fd, std::string_view bytes, uint64_t at) {
  constexpr size_t page = 4096;
  while (!bytes.empty()) {
    auto n = std::min<size_t>(page - at % page, bytes.size());
    if (!write_all(fd, bytes.substr(0, n), at))
      return false;
    bytes.remove_prefix(n);
    at += n;
  }
  return true;
}

/// Who may read the old file may read the new one.
void copy_rights(int from, int to) {
  struct stat info;
  if (::fstat(from, &info) != 0)
    return;
  // Fails unless we are root, or own both.
  [[maybe_unused]] auto ignored = ::fchown(to, info.st_uid, info.st_gid);
  ::fchmod(to, info.st_mode & 0777);
}

} // namespace

caf::expected<reshape_outcome>
file_reshape::run(std::string_view path, const reshape_job& job) {
  reshape_outcome result;
  temporary_file temporary;
  opened_file file, old;
  rrd_header header;
  auto failed = [&](const std::string& why) {
    result.error = std::string{path} + ".rrd keeps its shape: " + why;
    return result;
  };
  try {
    if (auto why = make(path, job, temporary, file, header, old); !why.empty())
      return failed(why);
  } catch (const std::exception& e) {
    return failed(e.what());
  }
  if (!temporary)
    return result;
  auto& at_step = engine_.settings_.at_step;
  at_step(write_step::created);
  auto image = undo_image(header);
  undo_record record;
  record.kind = undo_kind::renewed;
  record.identity = file.identity;
  record.definitions = header.definitions;
  record.path = path;
  record.image = image;
  engine_.undo_.add(job.file, record);
  caf::error why;
  at_step(write_step::log);
  auto logged = engine_.undo_.commit(why);
  if (logged == undo_log::outcome::broken)
    return why;
  if (logged == undo_log::outcome::refused)
    return failed(explain(why));
  at_step(write_step::logged);
  // Another program may have been quicker.
  auto now = engine_.folder_.open_file(path, false);
  if (now.state != open_state::ok || !(now.identity == old.identity))
    return failed("it was replaced meanwhile");
  auto placed = engine_.folder_.replace(temporary, path);
  if (placed.state != open_state::ok)
    return failed(placed.reason);
  at_step(write_step::updated);
  result.changed = true;
  return result;
}

std::string file_reshape::make(std::string_view path, const reshape_job& job,
                               temporary_file& temporary, opened_file& file,
                               rrd_header& header, opened_file& old) {
  auto& folder = engine_.folder_;
  auto& settings = engine_.settings_;
  auto& wanted = *job.definition;
  old = folder.open_file(path, true);
  if (old.state == open_state::missing)
    return {};
  if (old.state != open_state::ok)
    return old.reason;
  if (!lock_file(old.fd.get()))
    return "could not lock it";
  auto before = read_header(old.fd.get(), old.size);
  if (!before)
    return before.reason;
  if (same_shape(before.definition, wanted))
    return {};
  auto size = rrd_file_size(wanted);
  if (std::max(old.size, size) > max_copied_size)
    return "it is too large";
  if (settings.disk_reserve > 0
      && folder.free_space() < settings.disk_reserve + size)
    return "less than limits.disk_reserve is free";
  std::string bytes;
  if (!read_on(old.fd.get(), bytes, old.size))
    return system_reason();
  if (bytes.size() < old.size)
    return "shorter than it was";
  auto content
    = reshape_rrd(before, std::string_view{bytes}.substr(before.bytes.size()),
                  wanted, XXH3_64bits(path.data(), path.size()));
  if (!content.header)
    return content.header.reason;
  header = std::move(content.header);
  auto name = std::to_string(settings.index) + "-r"
              + std::to_string(++engine_.temporary_names_) + ".rrd";
  temporary = folder.create(name, file);
  if (file.state != open_state::ok)
    return file.reason;
  auto fd = file.fd.get();
  std::string why;
  copy_rights(old.fd.get(), fd);
  if (!write_pages(fd, header.bytes, 0)
      || !write_pages(fd, content.values, header.bytes.size())
      || ::fsync(fd) != 0)
    why = system_reason();
  if (!why.empty())
    temporary = temporary_file{};
  return why;
}

} // namespace rrdflow
