#include "actors/cache/file_losses.hpp"

#include "actors/base/calendar.hpp"

#include <algorithm>
#include <cstdio>

namespace rrdflow {

namespace {

constexpr int64_t second_ns = 1'000'000'000;

} // namespace

file_losses::file_losses(std::shared_ptr<const file_names> names)
  : names_{std::move(names)} {
  for (size_t i = 0; i < kinds; ++i)
    losses_.emplace_back(capacity);
}

file_loss& file_losses::touch(loss_kind kind, file_id file, uint16_t source) {
  auto hash = uint64_t{file} << 32 | source;
  auto& result = losses_[static_cast<size_t>(kind)].touch(hash);
  result.kind = kind;
  result.file = file;
  result.source = source;
  return result;
}

std::vector<unstored>
file_losses::list(const std::vector<file_id>& files, size_t few) const {
  std::vector<unstored> result;
  for (auto& of : losses_) {
    size_t found = 0;
    for (auto& [hash, x] : of)
      if (files.empty()
            ? found++ < few
            : std::find(files.begin(), files.end(), x.file) != files.end())
        result.push_back(show(x));
  }
  return result;
}

std::vector<file_loss> file_losses::all() const {
  std::vector<file_loss> result;
  for (auto& of : losses_) {
    auto begin = static_cast<ptrdiff_t>(result.size());
    for (auto& [hash, x] : of)
      result.push_back(x);
    std::reverse(result.begin() + begin, result.end());
  }
  return result;
}

std::string file_losses::text_of(const file_loss& x) {
  if (x.kind != loss_kind::late)
    return x.text;
  return "its time is not after " + iso_time(x.sealed_until * second_ns)
         + ", up to which the file's rows were sealed; a longer lateness in "
           "the "
           "rule waits for such readings";
}

unstored file_losses::show(const file_loss& x) const {
  unstored result;
  result.series = std::string{names_->path(x.file)} + ".rrd";
  result.path = x.label;
  result.count = x.count;
  result.time = x.second * second_ns;
  result.reason = x.reason;
  switch (x.kind) {
    case loss_kind::late: {
      char value[32];
      std::snprintf(value, sizeof(value), "%.15g", x.value);
      result.kind = "late";
      result.reason = "late";
      result.payload = std::string{value} + " at " + iso_time(x.time);
      result.text = text_of(x);
      break;
    }
    case loss_kind::abandoned:
      result.kind = "abandoned";
      result.text = x.text;
      break;
    case loss_kind::outlasted:
      result.kind = "warning";
      result.reason = "heartbeat";
      result.text = x.text;
      break;
    case loss_kind::reset:
      result.kind = "warning";
      result.reason = "reset";
      result.text = x.text;
      break;
  }
  return result;
}

} // namespace rrdflow
