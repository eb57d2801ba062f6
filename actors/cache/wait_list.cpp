#include "actors/cache/wait_list.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

/// An outcome names this many problems; the rest is only counted.
constexpr size_t max_failures = 1000;

} // namespace

wait_list::awaited* wait_list::wait::find(file_id file) noexcept {
  auto i
    = std::lower_bound(files.begin(), files.end(), file,
                       [](const awaited& x, file_id y) { return x.file < y; });
  auto found = i != files.end() && i->file == file && i->rows > 0;
  return found ? &*i : nullptr;
}

void wait_list::wait::drop(awaited& x) noexcept {
  x.rows = 0;
  --open;
}

uint64_t wait_list::add(bool patient, std::vector<awaited> files,
                        request_outcome outcome) {
  auto before
    = [](const awaited& x, const awaited& y) { return x.file < y.file; };
  // All files of a shard often are.
  if (!std::is_sorted(files.begin(), files.end(), before))
    std::stable_sort(files.begin(), files.end(), before);
  files.erase(std::unique(files.begin(), files.end(),
                          [](const awaited& x, const awaited& y) {
                            return x.file == y.file;
                          }),
              files.end());
  auto& x = waits_.emplace_back();
  x.ticket = ++tickets_;
  x.patient = patient;
  x.files = std::move(files);
  x.outcome = std::move(outcome);
  x.outcome.files = x.files.size();
  x.open = static_cast<size_t>(
    std::count_if(x.files.begin(), x.files.end(),
                  [](const awaited& y) { return y.rows > 0; }));
  sweep();
  return tickets_;
}

void wait_list::confirmed(file_id file, uint32_t rows, uint32_t written) {
  for (auto& x : waits_) {
    auto* y = x.find(file);
    if (y == nullptr)
      continue;
    x.outcome.rows += std::min(y->rows, written);
    if (y->rows > rows)
      y->rows -= rows;
    else
      x.drop(*y);
  }
  sweep();
}

void wait_list::note(file_id file, const std::string& problem) {
  for (auto& x : waits_) {
    if (x.patient || x.find(file) == nullptr)
      continue;
    if (x.outcome.failures.size() < max_failures)
      x.outcome.failures.push_back(problem);
    else
      ++x.more_failures;
  }
}

void wait_list::keep(file_id file) {
  for (auto& x : waits_)
    if (!x.patient && x.find(file) != nullptr)
      x.outcome.unwritten.push_back(file);
}

void wait_list::give_up(file_id file, bool included) {
  for (auto& x : waits_)
    if (auto* y = included || !x.patient ? x.find(file) : nullptr)
      x.drop(*y);
  sweep();
}

std::vector<wait_list::finished> wait_list::take_finished() {
  return std::exchange(finished_, {});
}

void wait_list::sweep() {
  auto over = [](const wait& x) { return x.open == 0; };
  for (auto& x : waits_) {
    if (!over(x))
      continue;
    if (x.more_failures > 0)
      x.outcome.failures.push_back("and " + std::to_string(x.more_failures)
                                   + " more");
    finished_.push_back({x.ticket, std::move(x.outcome)});
  }
  waits_.erase(std::remove_if(waits_.begin(), waits_.end(), over),
               waits_.end());
}

} // namespace rrdflow
