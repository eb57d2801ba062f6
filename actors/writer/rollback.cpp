#include "actors/writer/rollback.hpp"

#include "actors/writer/rrd_folder.hpp"
#include "actors/writer/rrd_header.hpp"
#include "actors/writer/undo_format.hpp"
#include "messages/error.hpp"

#include <tsl/robin_set.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <map>

namespace rrdflow {

namespace {

/// Applies records, oldest first.
class restorer {
public:
  explicit restorer(const rrd_folder& folder) : folder_{folder} {
    // nop
  }

  caf::error apply(const undo_record& x) {
    // Only the oldest record of a file counts.
    auto hash = XXH3_128bits_withSeed(
      x.path.data(), x.path.size(),
      x.identity.inode ^ static_cast<uint64_t>(x.identity.birth));
    if (!seen_.insert({hash.low64, hash.high64}).second)
      return caf::none;
    auto file = folder_.open_file(x.path, x.kind != undo_kind::absent);
    switch (file.state) {
      case open_state::missing:
        return caf::none;
      case open_state::blocked:
      case open_state::refused:
        leave(x, file.reason);
        return caf::none;
      case open_state::failed:
        return fail(ec::io_failed,
                    std::string{x.path} + ".rrd: " + file.reason);
      default:
        break;
    }
    if (!(file.identity == x.identity)) {
      // One that did not get there leaves what a record before it tells.
      if (x.kind == undo_kind::renewed)
        return caf::none;
      leave(x, "another file stands in its place");
      return caf::none;
    }
    return x.kind == undo_kind::absent ? remove(x) : restore(x, file);
  }

  rollback_result take() {
    for (auto& [path, reason] : left_)
      if (touched_.count(path) == 0)
        result_.left_alone.push_back({path, reason});
    return std::move(result_);
  }

  rollback_result& result() {
    return result_;
  }

private:
  void leave(const undo_record& x, const std::string& reason) {
    left_.emplace(x.path, reason);
  }

  caf::error remove(const undo_record& x) {
    if (auto place = folder_.prepare(x.path);
        place.state == open_state::blocked) {
      leave(x, place.reason);
      return caf::none;
    }
    if (auto err = folder_.remove(x.path))
      return err;
    ++result_.deleted;
    touched_.insert(std::string{x.path});
    return caf::none;
  }

  caf::error restore(const undo_record& x, const opened_file& file) {
    auto header = read_definitions(file.fd.get(), file.size);
    if (header.state == header_state::unreadable)
      return fail(ec::io_failed,
                  std::string{x.path} + ".rrd: " + header.reason);
    if (!header || header.definitions != x.definitions
        || undo_image(header).size() != x.image.size()) {
      leave(x, header ? "its sources or archives were changed" : header.reason);
      return caf::none;
    }
    if (!restore_image(file.fd.get(), header, x.image))
      return file_error(std::string{x.path} + ".rrd", errno);
    ++result_.headers;
    touched_.insert(std::string{x.path});
    return caf::none;
  }

  struct pair_hash {
    size_t operator()(const std::pair<uint64_t, uint64_t>& x) const {
      return x.first;
    }
  };

  const rrd_folder& folder_;
  tsl::robin_set<std::pair<uint64_t, uint64_t>, pair_hash> seen_;
  tsl::robin_set<std::string> touched_;
  std::map<std::string, std::string> left_;
  rollback_result result_;
};

} // namespace

caf::expected<rollback_result>
rollback(const std::string& store, uint64_t from) {
  auto folder = rrd_folder::open(store);
  if (!folder)
    return folder.error();
  auto files = undo_files(store);
  if (!files)
    return files.error();
  restorer work{*folder};
  for (const auto& file : *files) {
    if (file.marker < from)
      continue;
    undo_reader log;
    if (auto err = log.open(file.name))
      return err;
    undo_record x;
    while (log.next(x, file.marker))
      if (auto err = work.apply(x))
        return err;
    work.result().torn_bytes += log.left();
    if (log.damaged() > 0)
      work.result().damaged.push_back({file.name, log.damaged()});
  }
  auto result = work.take();
  if (result.headers + result.deleted > 0)
    if (auto err = folder->sync())
      return err;
  return result;
}

caf::error drop_undo_logs(const std::string& store, uint64_t below) {
  auto files = undo_files(store);
  if (!files)
    return files.error();
  for (const auto& file : *files)
    if (file.marker < below && ::unlink(file.name.c_str()) != 0
        && errno != ENOENT)
      return file_error(file.name, errno);
  return caf::none;
}

caf::expected<uint64_t> newest_marker(const std::string& store) {
  auto files = undo_files(store);
  if (!files)
    return files.error();
  return files->empty() ? 0 : files->back().marker;
}

caf::error sweep_new_files(const std::string& store) {
  auto folder = rrd_folder::open(store);
  if (!folder)
    return folder.error();
  return folder->sweep();
}

} // namespace rrdflow
