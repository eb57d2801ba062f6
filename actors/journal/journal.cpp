#include "actors/journal/journal.hpp"

#include "actors/base/checked_record.hpp"
#include "actors/base/file.hpp"
#include "config/config.hpp"

#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

namespace rrdflow {

namespace {

// -- the journal's number -----------------------------------------------------

// It is in each segment, and in `<store>/journal.id`, so that a segment of
// another journal is known even if it is the only one. The file has two numbers
// of 16 hex digits: the journal's, and its XXH3.

std::string id_path(const std::string& store) {
  return store + "/journal.id";
}

std::string id_text(uint64_t id) {
  char result[40];
  std::snprintf(result, sizeof(result), "%016llx %016llx\n",
                static_cast<unsigned long long>(id),
                static_cast<unsigned long long>(checksum(bytes_of(id))));
  return result;
}

/// The journal's number; 0 if there is no such file.
caf::expected<uint64_t> read_id(const std::string& store) {
  auto path = id_path(store);
  auto text = read_file(path, 4096);
  if (!text) {
    if (text.error() == ec::not_found)
      return 0;
    return std::move(text.error());
  }
  unsigned long long id = 0;
  if (std::sscanf(text->c_str(), "%16llx", &id) != 1 || id_text(id) != *text)
    return fail(ec::damaged, path + ": it is damaged");
  return id;
}

uint64_t random_id() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

/// The number that the file has; otherwise of the segments, or a new one.
void settle_id(const journal_options& options,
               const caf::expected<uint64_t>& known, recovered_journal& start) {
  auto& problems = start.report.problems;
  if (start.id == 0)
    start.id = options.random != 0 ? options.random : random_id();
  if (!known)
    problems.push_back(explain(known.error()) + "; it is made anew");
  if (known && *known == start.id)
    return;
  if (auto err = replace_file(id_path(options.directory), id_text(start.id)))
    problems.push_back(explain(err));
}

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
  result.max_size = x.journal.max_size;
  result.disk_reserve = x.limits.disk_reserve;
  result.sync = x.journal.sync;
  return result;
}

caf::expected<std::shared_ptr<journal>> journal::open(journal_options options) {
  auto& store = options.directory;
  auto folder = store + "/journal";
  // Records are aligned to 8, the header at the end is, too.
  auto& segment_size = options.segment_size;
  segment_size = std::max<uint64_t>(segment_size / 4096, 1) * 4096;
  auto segments = std::make_unique<segment_list>();
  auto known = read_id(store);
  auto start = recover(options.files, folder, store + "/quarantine",
                       segment_size, known ? *known : 0, *segments);
  if (!start)
    return std::move(start.error());
  settle_id(options, known, *start);
  start->report.lost_messages
    = lost_messages(start->report, *segments, options);
  start->last_sequence
    = std::max(start->last_sequence, options.sequence_at_least);
  return std::make_shared<journal>(options, folder, std::move(segments),
                                   std::move(*start));
}

journal::journal(const journal_options& options, const std::string& folder,
                 std::unique_ptr<segment_list> segments,
                 recovered_journal start)
  : segments_{std::move(segments)}, start_{std::move(start)},
    writer_{options, folder, *segments_, start_}, reader_{*segments_, &writer_},
    taken_{options.metrics,
           {"messages_taken_total", "Messages appended to the journal."},
           [this] { return static_cast<double>(last_sequence()); }},
    waiting_{options.metrics,
             {"journal_waiting_messages", "Messages that wait in the journal."},
             [this] { return static_cast<double>(waiting()); }},
    bytes_{options.metrics,
           {"journal_bytes", "Size of the journal in bytes."},
           [this] { return static_cast<double>(writer_.bytes()); }},
    lost_{options.metrics,
          {"journal_gap_messages_total",
           "Messages that the start found lost to damaged bytes or missing "
           "segments."}},
    torn_{options.metrics,
          {"journal_torn_bytes", "Bytes cut off the journal at the start."}} {
  lost_.add(report().lost_messages);
  torn_.set(static_cast<double>(report().torn_bytes));
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
