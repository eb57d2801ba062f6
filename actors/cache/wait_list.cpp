#include "actors/cache/wait_list.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

/// An outcome names this many problems; the rest is only counted.
constexpr size_t max_failures = 1000;

} // namespace

uint64_t wait_list::begin(bool patient) {
  waits_.emplace_back();
  waits_.back().ticket = ++tickets_;
  waits_.back().patient = patient;
  return tickets_;
}

void wait_list::add(file_id file, uint32_t rows) {
  if (waits_.back().rows.emplace(file, rows).second)
    ++waits_.back().outcome.files;
}

void wait_list::close() {
  waits_.back().closed = true;
  sweep();
}

void wait_list::confirmed(file_id file, uint32_t rows, uint32_t written) {
  for (auto& x : waits_) {
    auto i = x.rows.find(file);
    if (i == x.rows.end())
      continue;
    x.outcome.rows += std::min(i->second, written);
    if (i->second > rows)
      i->second -= rows;
    else
      x.rows.erase(i);
  }
  sweep();
}

void wait_list::note(file_id file, const std::string& problem) {
  for (auto& x : waits_) {
    if (x.patient || x.rows.count(file) == 0)
      continue;
    if (x.outcome.failures.size() < max_failures)
      x.outcome.failures.push_back(problem);
    else
      ++x.more_failures;
  }
}

void wait_list::give_up(file_id file, bool included) {
  for (auto& x : waits_)
    if (included || !x.patient)
      x.rows.erase(file);
  sweep();
}

std::vector<wait_list::finished> wait_list::take_finished() {
  return std::exchange(finished_, {});
}

void wait_list::sweep() {
  auto over = [](const wait& x) { return x.closed && x.rows.empty(); };
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
