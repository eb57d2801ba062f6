#include "runtime/service/journal_report.hpp"

#include <spdlog/spdlog.h>

namespace rrdflow {

namespace {

/// Damaged pieces that are named.
constexpr size_t max_lines = 20;

void log_gaps(const journal& log, const checkpoint& from) {
  auto before = log.sequence_before();
  if (from.memory.sequence > 0 && before > from.memory.sequence)
    spdlog::error("journal: bytes {} to {} are missing, {} messages are lost",
                  from.at, log.begin(), before - from.memory.sequence);
  // The last ones first: those matter that the snapshot does not cover.
  auto& gaps = log.report().gaps;
  auto end = gaps.size() > max_lines ? gaps.rbegin() + max_lines : gaps.rend();
  for (auto i = gaps.rbegin(); i != end; ++i) {
    auto& gap = *i;
    if (gap.end <= from.at)
      spdlog::warn("journal: bytes {} to {} are damaged; the {} messages there "
                   "are in the snapshot",
                   gap.begin, gap.end, gap.messages);
    else
      spdlog::error("journal: bytes {} to {} are damaged, {} messages are lost",
                    gap.begin, gap.end, gap.messages);
  }
  if (gaps.size() > max_lines)
    spdlog::error("journal: {} more pieces are damaged, in all {} messages of "
                  "the journal cannot be read",
                  gaps.size() - max_lines, log.report().missing_messages());
}

} // namespace

void log_report(const journal& log, const checkpoint& from) {
  auto& report = log.report();
  log_gaps(log, from);
  if (report.end < from.at)
    spdlog::error("journal: ends at byte {}, before the snapshot's byte {}: "
                  "what came after the snapshot is lost",
                  report.end, from.at);
  for (auto& torn : report.torn)
    spdlog::warn("journal: {} bytes from byte {} on, behind the last record, "
                 "are torn or damaged; they are in quarantine/",
                 torn.bytes, torn.at);
  if (report.damaged_headers > 0)
    spdlog::warn("journal: headers of {} segments were damaged",
                 report.damaged_headers);
  if (report.misnamed > 0)
    spdlog::warn("journal: {} segments had another's name", report.misnamed);
  if (report.foreign > 0)
    spdlog::error("journal: {} segments do not belong there", report.foreign);
  for (auto& x : report.problems)
    spdlog::warn("journal: {}", x);
}

} // namespace rrdflow
