#include "actors/writer/file_troubles.hpp"

namespace rrdflow {

file_troubles::file_troubles(metric_registry* registry)
  : registry_{registry}, files_{registry,
                                {"files_waiting",
                                 "Files that cannot be written now: their rows "
                                 "wait."}},
    none_{registry,
          {"store_unwritable",
           "1: files wait, and no file can be made in the store.",
           metric_merge::largest}} {
  // nop
}

void file_troubles::look_at(std::string_view path, const write_outcome& x) {
  if (x.status == write_status::done)
    return forget(x.file);
  if (x.status == write_status::postponed)
    return;
  waiting_.insert(x.file);
  if ((named_ && named_ != x.file) || (named_ && reason_ == x.error))
    return;
  named_ = x.file;
  reason_ = x.error;
  auto file = std::string{path} + ".rrd";
  auto reason = x.error.rfind(file + ": ", 0) == 0
                  ? x.error.substr(file.size() + 2)
                  : x.error;
  example_.emplace(
    registry_,
    metric_info{"file_waiting",
                "One of the files that cannot be written now, and why."},
    metric_labels{{"file", file}, {"reason", reason}});
  example_->set(1);
}

void file_troubles::forget(file_id file) {
  waiting_.erase(file);
  if (named_ != file)
    return;
  named_.reset();
  reason_.clear();
  example_.reset();
}

void file_troubles::tell(const rrd_folder& folder) {
  files_.set(static_cast<double>(waiting_.size()));
  none_.set(waiting_.empty() || folder.takes_files() ? 0 : 1);
}

} // namespace rrdflow
