#include "actors/cache/file_losses.hpp"

#include "actors/base/calendar.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace rrdflow {

namespace {

constexpr int64_t second_ns = 1'000'000'000;

} // namespace

file_loss& file_losses::touch(loss_kind kind, file_id file, uint16_t source) {
  auto hash = uint64_t{file} << 32 | uint64_t{source} << 8
              | static_cast<uint64_t>(kind);
  auto& result = losses_.touch(hash);
  result.kind = kind;
  result.file = file;
  result.source = source;
  return result;
}

std::vector<unstored>
file_losses::list(const std::vector<file_id>& files, size_t few) const {
  std::vector<unstored> result;
  std::array<size_t, 4> found{};
  for (auto& [hash, x] : losses_)
    if (files.empty()
          ? found[static_cast<size_t>(x.kind)]++ < few
          : std::find(files.begin(), files.end(), x.file) != files.end())
      result.push_back(show(x));
  return result;
}

std::vector<file_loss> file_losses::all() const {
  std::vector<file_loss> result;
  for (auto& [hash, x] : losses_)
    result.push_back(x);
  std::reverse(result.begin(), result.end());
  return result;
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
      result.text = "its time is not after "
                    + iso_time(x.sealed_until * second_ns)
                    + ", up to which the file's rows were sealed; a longer "
                      "lateness in the rule waits for such readings";
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
