#include "actors/writer/undo_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <cerrno>

namespace rrdflow {

namespace {

uint64_t key_of(uint32_t file, const file_identity& identity) {
  uint64_t parts[] = {identity.inode, static_cast<uint64_t>(identity.birth)};
  return (static_cast<uint64_t>(file) << 32)
         | (XXH3_64bits(parts, sizeof(parts)) & 0xffffffff);
}

/// How many bytes of a log are sound.
caf::expected<uint64_t> sound_part(const std::string& name, uint64_t marker) {
  undo_reader log;
  if (auto err = log.open(name))
    return err;
  undo_record ignored;
  while (log.next(ignored, marker))
    ; // nop
  return log.sound();
}

} // namespace

undo_log::undo_log(std::string store, uint32_t writer, uint64_t marker,
                   bool active, metric_registry* metrics)
  : store_{std::move(store)}, writer_{writer}, marker_{marker}, active_{active},
    records_{metrics,
             {"undo_records_total", "File headers put into undo logs."}} {
  // nop
}

void undo_log::start(uint64_t marker) {
  marker_ = marker;
  file_ = unique_fd{};
  size_ = 0;
  logged_.clear();
}

bool undo_log::wants(uint32_t file, const file_identity& identity) const {
  return active_ && logged_.count(key_of(file, identity)) == 0;
}

void undo_log::add(uint32_t file, const undo_record& x) {
  if (!active_)
    return;
  append_record(buffer_, x, marker_);
  added_.push_back(key_of(file, x.identity));
}

undo_log::outcome undo_log::open(caf::error& error) {
  auto folder = store_ + "/snapshot";
  ::mkdir(folder.c_str(), 0750);
  auto name = undo_name(store_, marker_, writer_);
  unique_fd file{
    ::open(name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640)};
  unique_fd parent{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  unique_fd top{::open(store_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!file || !parent || !top) {
    error = file_error(name, errno);
    return outcome::refused;
  }
  // A run before this one may have left records: they stay, and count before
  // new ones, which its torn tail would hide.
  auto sound = sound_part(name, marker_);
  if (!sound) {
    error = std::move(sound.error());
    return outcome::refused;
  }
  size_ = *sound;
  if (::ftruncate(file.get(), static_cast<off_t>(size_)) != 0) {
    error = file_error(name, errno);
    return outcome::refused;
  }
  if (::fsync(parent.get()) != 0
      || (!folder_synced_ && ::fsync(top.get()) != 0)) {
    error = file_error(folder, errno);
    return outcome::broken;
  }
  folder_synced_ = true;
  file_ = std::move(file);
  return outcome::safe;
}

undo_log::outcome undo_log::commit(caf::error& error) {
  if (added_.empty())
    return outcome::safe;
  auto added = std::move(added_);
  auto buffer = std::move(buffer_);
  added_.clear();
  buffer_.clear();
  if (!file_)
    if (auto result = open(error); result != outcome::safe)
      return result;
  if (size_ == 0)
    buffer.insert(0, undo_magic);
  if (!write_all(file_.get(), buffer, size_)) {
    error = file_error(undo_name(store_, marker_, writer_), errno);
    return ::ftruncate(file_.get(), static_cast<off_t>(size_)) == 0
             ? outcome::refused
             : outcome::broken;
  }
  if (::fdatasync(file_.get()) != 0) {
    error = file_error(undo_name(store_, marker_, writer_), errno);
    return outcome::broken;
  }
  size_ += buffer.size();
  records_.add(added.size());
  logged_.insert(added.begin(), added.end());
  return outcome::safe;
}

} // namespace rrdflow
