#include "actors/cache/wait_list.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

/// An outcome names this many problems; the rest is only counted.
constexpr size_t max_failures = 1000;

} // namespace

wait_list::awaited* wait_list::wait::find(file_id file) noexcept {
  auto i = files.end();
  if (closed) {
    i = std::lower_bound(files.begin(), files.end(), file,
                         [](const awaited& x, file_id y) {
                           return x.file < y;
                         });
  } else {
    // It is the one that was added last, if any.
    while (i != files.begin() && i[-1].file != file)
      --i;
    i = i == files.begin() ? files.end() : i - 1;
  }
  auto found = i != files.end() && i->file == file && i->rows != gone;
  return found ? &*i : nullptr;
}

void wait_list::wait::drop(awaited& x) noexcept {
  x.rows = gone;
  --open;
}

uint64_t wait_list::begin(bool patient, size_t files) {
  waits_.emplace_back();
  waits_.back().ticket = ++tickets_;
  waits_.back().patient = patient;
  waits_.back().files.reserve(files);
  return tickets_;
}

void wait_list::add(file_id file, uint32_t rows) {
  waits_.back().files.push_back({file, rows});
  ++waits_.back().open;
}

void wait_list::close() {
  auto& x = waits_.back();
  auto before
    = [](const awaited& a, const awaited& b) { return a.file < b.file; };
  // All files of a shard often are.
  if (!std::is_sorted(x.files.begin(), x.files.end(), before))
    std::stable_sort(x.files.begin(), x.files.end(), before);
  auto last = std::unique(x.files.begin(), x.files.end(),
                          [](const awaited& a, const awaited& b) {
                            return a.file == b.file;
                          });
  x.files.erase(last, x.files.end());
  x.open = static_cast<size_t>(
    std::count_if(x.files.begin(), x.files.end(),
                  [](const awaited& y) { return y.rows != gone; }));
  x.outcome.files = x.files.size();
  x.closed = true;
  sweep();
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
  auto over = [](const wait& x) { return x.closed && x.open == 0; };
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
