#include "actors/journal/journal.hpp"

#include "actors/journal/journal_identity.hpp"
#include "config/config.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace rrdflow {

namespace {

constexpr int64_t second = 1'000'000'000;

/// See `recovery_report::lost_messages`.
uint64_t
lost_messages(const recovery_report& report, const segment_list& segments,
              const journal_options& options) {
  uint64_t result = 0;
  for (auto& x : report.gaps)
    if (x.end > options.at_least)
      result += x.messages;
  auto first = segments.find(0);
  auto before = first ? sequence_before(*first) : 0;
  if (options.sequence_at_least > 0 && before > options.sequence_at_least)
    result += before - options.sequence_at_least;
  return result;
}

} // namespace

journal_options make_journal_options(const config& x) {
  journal_options result;
  result.directory = x.store.directory;
  result.segment_size = x.journal.segment_size;
  result.sync = x.journal.sync;
  result.max_size = x.journal.max_size;
  result.disk_reserve = x.limits.disk_reserve;
  std::random_device device;
  result.random = (uint64_t{device()} << 32) | device();
  return result;
}

caf::expected<std::shared_ptr<journal>> journal::open(journal_options options) {
  auto folder = options.directory + "/journal";
  auto segments = std::make_unique<segment_list>();
  // Records are aligned to 8, the header at the end is, too.
  auto segment_size = std::max<uint64_t>(options.segment_size / 4096, 1) * 4096;
  auto read_id = read_journal_id(options.directory);
  auto known_id = read_id ? *read_id : 0;
  auto start = recover(options.files, folder, options.directory + "/quarantine",
                       segment_size, known_id, *segments);
  if (!start)
    return std::move(start.error());
  if (start->id == 0)
    start->id = options.random;
  if (!read_id)
    start->report.problems.push_back(explain(read_id.error())
                                     + "; it is made anew");
  if (start->id != known_id)
    if (auto err = write_journal_id(options.directory, start->id))
      start->report.problems.push_back(explain(err));
  start->report.lost_messages
    = lost_messages(start->report, *segments, options);
  start->last_sequence
    = std::max(start->last_sequence, options.sequence_at_least);
  auto floor
    = std::max<int64_t>(start->last_arrival, options.second_at_least * second);
  arrival_clock clock{options.clock, floor};
  writer_options writer;
  writer.folder = folder;
  writer.segment_size = segment_size;
  writer.sync = options.sync;
  writer.max_size = options.max_size;
  writer.disk_reserve = options.disk_reserve;
  writer.files = std::move(options.files);
  return std::make_shared<journal>(std::move(writer), std::move(segments),
                                   std::move(*start), options.at_least,
                                   std::move(clock));
}

journal::journal(writer_options options, std::unique_ptr<segment_list> segments,
                 recovered_journal start, position at_least,
                 arrival_clock clock)
  : segments_{std::move(segments)}, start_{std::move(start)},
    writer_{std::move(options), *segments_, start_, at_least, std::move(clock)},
    reader_{writer_, *segments_} {
  // nop
}

position journal::begin() const {
  auto first = segments_->find(0);
  return first ? first->header.base : 0;
}

uint64_t journal::sequence_before() const {
  auto first = segments_->find(0);
  return first ? rrdflow::sequence_before(*first) : 0;
}

uint64_t journal::waiting() const {
  auto taken = writer_.last_sequence();
  return taken - std::min(taken, reader_.consumed());
}

} // namespace rrdflow
