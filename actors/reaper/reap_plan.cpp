#include "actors/reaper/reap_plan.hpp"

#include <algorithm>

namespace rrdflow {

std::chrono::seconds reap_interval(std::chrono::seconds after) {
  return std::clamp(after / 24, std::chrono::seconds{1},
                    std::chrono::seconds{600});
}

void reap_plan::begin(int64_t idle_since, size_t shards) {
  idle_since_ = idle_since;
  waiting_ = shards;
}

void reap_plan::add(const std::vector<file_id>& files) {
  --waiting_;
  files_.insert(files_.end(), files.begin(), files.end());
}

std::optional<retire_request> reap_plan::next(const file_names& names) {
  if (waiting_ > 0 || files_.empty() || out_)
    return std::nullopt;
  retire_request result;
  result.idle_since = idle_since_;
  auto n = std::min(files_.size(), max_retired_files);
  for (auto i = files_.size() - n; i < files_.size(); ++i)
    result.files.emplace_back(names.path(files_[i]));
  files_.resize(files_.size() - n);
  out_ = true;
  return result;
}

void reap_plan::done() {
  out_ = false;
}

void reap_plan::give_up() {
  out_ = false;
  files_.clear();
}

} // namespace rrdflow
