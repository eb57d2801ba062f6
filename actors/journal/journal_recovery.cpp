#include "actors/journal/journal_recovery.hpp"

#include "actors/journal/segment_inventory.hpp"
#include "actors/journal/segment_walk.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace rrdflow {

namespace {

/// Finds the ends of segments, one after the other.
class recovery {
public:
  recovery(std::string quarantine, recovery_report& report)
    : quarantine_{std::move(quarantine)}, report_{report} {
    // nop
  }

  /// Finds where the records of `x` end. Returns false if the segment holds
  /// nothing, not even news of what came before; its file is gone then.
  caf::expected<bool> trim(const found_segment& x) {
    auto& segment = *x.segment;
    auto& header = segment.header;
    auto file = mapped_file::open(segment.path, false);
    if (!file) {
      if (is_passing(file.error()))
        return std::move(file.error());
      problem(file.error());
      return false;
    }
    report_.damaged_headers += x.header_damaged ? 1 : 0;
    (*file)->load(0, (*file)->size());
    auto bytes = (*file)->data();
    auto at = segment.first();
    journal_record record;
    while (find_record(bytes, header, at, header.base + x.data_size, record))
      at = record.end;
    if (at > segment.first())
      sequence_ = std::max(sequence_, record.sequence);
    segment.end = at;
    auto used = at - header.base;
    auto tail = x.data_size;
    while (tail > used && bytes[tail - 1] == 0)
      --tail;
    settle_torn(x);
    auto no_news
      = header.state == segment_state::prepared
        || (header.previous_end <= at_ && header.last_sequence <= sequence_);
    if (segment.header_known && at == segment.first() && tail == used
        && no_news) {
      remove(segment.path);
      return false;
    }
    at_ = at > segment.first() ? at : std::max(at_, header.previous_end);
    sequence_ = std::max(sequence_, header.last_sequence);
    if (tail > used) {
      torn_ = tail - used;
      torn_at_ = at;
      if (!keep(at, bytes + used, tail - used))
        return true;
    }
    if (segment.header_known)
      cut(x, used);
    return true;
  }

  /// Bytes behind a segment's last record were torn, unless a later segment
  /// knows that records were there: these are part of a gap.
  void finish() {
    if (torn_ == 0)
      return;
    report_.torn.push_back({torn_at_, torn_});
    report_.torn_bytes += std::exchange(torn_, 0);
  }

  bool keep(position at, const uint8_t* bytes, size_t size) {
    char name[40];
    std::snprintf(name, sizeof(name), "/journal-%016llx",
                  static_cast<unsigned long long>(at));
    auto err = keep_bytes(quarantine_ + name, bytes, size);
    if (err)
      problem(err);
    return !err;
  }

private:
  void settle_torn(const found_segment& next) {
    auto& header = next.segment->header;
    if (torn_ > 0 && next.segment->header_known
        && header.state == segment_state::begun
        && header.previous_end > torn_at_)
      torn_ = 0;
    finish();
  }

  /// Gives back what will not be used any more, and mends the header.
  void cut(const found_segment& x, uint64_t used) {
    auto& segment = *x.segment;
    auto size = used + segment_header_size;
    if (segment.size == size && !x.header_damaged)
      return;
    if (auto err = cut_segment(segment.path, segment.header, used))
      problem(err);
    else
      segment.size = size;
  }

  void remove(const std::string& path) {
    if (::unlink(path.c_str()) != 0)
      problem(file_error(path, errno));
  }

  void problem(const caf::error& x) {
    report_.problems.push_back(explain(x));
  }

  std::string quarantine_;
  recovery_report& report_;

  /// Where the records end so far, and the newest message.
  position at_ = 0;
  uint64_t sequence_ = 0;

  /// Bytes behind the records of the segment that was trimmed last.
  uint64_t torn_ = 0;
  position torn_at_ = 0;
};

caf::error rewrite_segment(const journal_files& files,
                           const std::string& folder, const segment& x) {
  auto file = mapped_file::open(x.path, false);
  if (!file)
    return std::move(file.error());
  auto copy = copy_segment(files, folder, x.header.base, **file);
  return copy ? caf::error{} : std::move(copy.error());
}

} // namespace

uint64_t recovery_report::missing_messages() const {
  uint64_t result = 0;
  for (auto& x : gaps)
    result += x.messages;
  return result;
}

uint64_t sequence_before(const segment& first) {
  if (first.header_known && first.header.state == segment_state::begun)
    return first.header.last_sequence;
  auto file = mapped_file::open(first.path, false);
  journal_record x;
  if (!file
      || !find_record((*file)->data(), first.header, first.first(),
                      first.end.load(), x))
    return 0;
  return x.sequence - (x.kind == record_kind::message ? 1 : 0);
}

caf::expected<recovered_journal>
recover(const journal_files& files, const std::string& folder,
        const std::string& quarantine, uint64_t segment_size, uint64_t id,
        segment_list& segments) {
  auto inventory = take_inventory(folder, quarantine, segment_size, id);
  if (!inventory)
    return std::move(inventory.error());
  recovered_journal result;
  auto& report = result.report;
  report.misnamed = inventory->misnamed;
  report.strangers = inventory->foreign;
  report.problems = std::move(inventory->problems);
  result.id = inventory->id;
  result.unused = inventory->unused;
  recovery uut{quarantine, report};
  auto copies = has_failed_sync(folder);
  for (auto& x : inventory->segments) {
    auto holds = uut.trim(x);
    if (!holds)
      return std::move(holds.error());
    if (!*holds)
      continue;
    segments.add(x.segment);
    // What a killed process left may be in the page cache only.
    if (auto err = copies ? rewrite_segment(files, folder, *x.segment)
                          : sync_file(files, x.segment->path)) {
      note_failed_sync(folder);
      return err;
    }
  }
  forget_failed_sync(folder);
  uut.finish();
  auto all = segments.all();
  if (all.empty())
    return result;
  segment_walk walk{segments};
  walk.seek(all.front()->header.base, sequence_before(*all.front()));
  result.end = all.front()->header.previous_end;
  result.checksum = all.front()->header.previous_checksum;
  position base = 0;
  journal_record record;
  for (;;) {
    auto status = walk.next(record);
    if (status == feed_status::failed)
      return walk.failure();
    if (status == feed_status::drained)
      break;
    if (status == feed_status::gap) {
      auto gap = walk.gap();
      report.gaps.push_back(gap);
      auto [bytes, size] = walk.damaged_bytes();
      if (size > 0)
        uut.keep(gap.end - size, bytes, size);
      result.end = gap.end;
      result.checksum = 0;
      continue;
    }
    auto& header = walk.current().header;
    if (header.base != base) {
      base = header.base;
      if (header.previous_end != 0 && header.previous_end == result.end
          && result.checksum != 0
          && header.previous_checksum != result.checksum)
        ++report.strangers;
    }
    ++report.records;
    result.end = record.end;
    result.checksum = walk.checksum();
    result.last_arrival = std::max(result.last_arrival, record.arrival);
    result.last_request = std::max(result.last_request, record.request);
    if (record.kind == record_kind::verdict)
      result.verdicts.emplace_back(record.payload);
  }
  result.last_sequence = walk.sequence();
  report.end = result.end;
  return result;
}

} // namespace rrdflow
