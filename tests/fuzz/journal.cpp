/// A start on damaged segments. The input: a byte of flags (1: make checksums
/// right, so that what they protect is reached; 2: two segments), and the bytes
/// of the segments.

#include "actors/journal/journal.hpp"

#include "messages/request.hpp"
#include "tests/fuzz/scratch.hpp"

#include <xxhash.h>

#include <cstring>
#include <vector>

using namespace rrdflow;
using fuzz::require;

namespace {

template <class T>
T at(const std::string& bytes, size_t offset) {
  T result;
  std::memcpy(&result, bytes.data() + offset, sizeof(T));
  return result;
}

void put_number(std::string& bytes, size_t offset, uint64_t x) {
  std::memcpy(bytes.data() + offset, &x, sizeof(x));
}

void seal_header(std::string& bytes, size_t offset) {
  if (bytes.size() < offset + segment_header_size)
    return;
  constexpr auto covered = segment_header_size - sizeof(uint64_t);
  put_number(bytes, offset + covered,
             XXH3_64bits(bytes.data() + offset, covered));
}

/// Makes the checksums right of both headers and of all records.
void seal(std::string& bytes) {
  seal_header(bytes, 0);
  auto size = bytes.size() / 8 * 8;
  if (size < 2 * segment_header_size)
    return;
  seal_header(bytes, size - segment_header_size);
  auto id = at<uint64_t>(bytes, 16);
  auto base = at<uint64_t>(bytes, 24);
  for (auto i = segment_header_size; i + record_header_size <= size;) {
    uint64_t length = (at<uint32_t>(bytes, i + 8) + 7ull) / 8 * 8;
    if (length < record_header_size || length > size - i)
      return;
    auto seed = id ^ ((base + i) * 0x9e3779b97f4a7c15);
    put_number(bytes, i,
               XXH3_64bits_withSeed(bytes.data() + i + 8, length - 8, seed));
    i += length;
  }
}

/// What a reader sees, to be compared.
struct found {
  std::vector<std::pair<position, uint64_t>> records;
  uint64_t hash = 0;
  uint64_t gaps = 0;
};

void check_request(const journal_record& x) {
  rules_request rules;
  flush_request flush;
  retire_request retire;
  forget_request forget;
  dead_record dead;
  switch (x.kind) {
    case record_kind::rules:
      if (unpack(x.payload, rules))
        require(unpack(pack(rules), rules), "rules come back");
      return;
    case record_kind::flush:
      if (unpack(x.payload, flush))
        require(unpack(pack(flush), flush), "a flush comes back");
      return;
    case record_kind::retire:
      if (unpack(x.payload, retire))
        require(unpack(pack(retire), retire), "a retirement comes back");
      return;
    case record_kind::forget:
      if (unpack(x.payload, forget))
        require(unpack(pack(forget), forget), "a forget comes back");
      return;
    case record_kind::verdict:
      if (unpack(x.payload, dead))
        require(unpack(pack(dead), dead), "a verdict comes back");
      return;
    case record_kind::message:
    case record_kind::replay:
      return;
  }
}

found read_all(journal& uut) {
  found result;
  auto& feed = uut.feed();
  feed.seek(uut.begin(), uut.sequence_before());
  journal_record x;
  position end = 0;
  for (;;) {
    switch (feed.next(x)) {
      case feed_status::drained:
        return result;
      case feed_status::failed:
        require(false, "a segment that is there can be opened");
        return result;
      case feed_status::gap: {
        auto gap = feed.gap();
        require(gap.begin <= gap.end && gap.end >= end, "a gap's place");
        end = gap.end;
        ++result.gaps;
        break;
      }
      case feed_status::record:
        require(x.begin >= end && x.end > x.begin, "records are in order");
        end = x.end;
        check_request(x);
        result.records.emplace_back(x.begin, x.sequence);
        result.hash
          = XXH3_64bits_withSeed(x.topic.data(), x.topic.size(), result.hash);
        result.hash = XXH3_64bits_withSeed(x.payload.data(), x.payload.size(),
                                           result.hash);
        result.hash = XXH3_64bits_withSeed(
          x.identifiers, x.identifier_count * sizeof(uint32_t), result.hash);
    }
  }
}

std::shared_ptr<journal> open(const std::string& folder) {
  journal_options options;
  options.directory = folder;
  options.segment_size = 4096;
  options.disk_reserve = 0;
  options.random = 7;
  options.files.sync = [](int) { return 0; };
  options.files.available = [](const std::string&) { return 1ull << 40; };
  options.clock = {[] { return int64_t{1700000000000000000}; },
                   [] { return int64_t{1000000000}; }};
  auto result = journal::open(std::move(options));
  return result ? *result : nullptr;
}

/// For the analysis of a finding.
void show(const char* when, const journal& x) {
  auto& report = x.report();
  std::fprintf(stderr,
               "%s: %llu records, torn %llu, headers %llu, misnamed %llu, "
               "strangers %llu, end %llx, sequence %llu\n",
               when, static_cast<unsigned long long>(report.records),
               static_cast<unsigned long long>(report.torn_bytes),
               static_cast<unsigned long long>(report.damaged_headers),
               static_cast<unsigned long long>(report.misnamed),
               static_cast<unsigned long long>(report.foreign),
               static_cast<unsigned long long>(x.end()),
               static_cast<unsigned long long>(x.last_sequence()));
  for (auto& gap : report.gaps)
    std::fprintf(stderr, "  gap %llx-%llx: %llu messages\n",
                 static_cast<unsigned long long>(gap.begin),
                 static_cast<unsigned long long>(gap.end),
                 static_cast<unsigned long long>(gap.messages));
  for (auto& text : report.problems)
    std::fprintf(stderr, "  %s\n", text.c_str());
}

/// A message goes in, and comes out behind all that was there.
void check_use(journal& uut, const found& before) {
  record_content x;
  x.topic = "probe";
  x.payload = "42";
  if (uut.writer().append(x) != append_result::taken)
    return;
  auto after = read_all(uut);
  require(after.records.size() == before.records.size() + 1, "it is there");
  require(after.records.back().first
            >= (before.records.empty() ? 0 : before.records.back().first),
          "it is the last one");
  require(uut.last_sequence() == after.records.back().second, "its number");
}

void put_segment(const fuzz::scratch& folder, std::string bytes, bool sealed,
                 position base) {
  if (sealed)
    seal(bytes);
  segment_header header;
  if (bytes.size() >= segment_header_size
      && read_header(reinterpret_cast<const uint8_t*>(bytes.data()), header)
      && header.base > 0)
    base = header.base;
  folder.put("journal/" + segment_name(base), bytes);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fuzz::scratch folder;
  folder.empty("journal", "quarantine");
  auto bytes = fuzz::text_of(data, size);
  auto flags = fuzz::take_byte(bytes);
  auto sealed = (flags & 1) != 0;
  if ((flags & 2) != 0) {
    auto half = bytes.size() / 16 * 8;
    put_segment(folder, std::string{bytes.substr(0, half)}, sealed, 4096);
    bytes.remove_prefix(half);
  }
  put_segment(folder, std::string{bytes}, sealed, 8192);
  auto uut = open(folder.path());
  if (!uut)
    return 0;
  static auto shown = std::getenv("FUZZ_SHOW") != nullptr;
  if (shown)
    show("first", *uut);
  auto first = read_all(*uut);
  require(uut->report().records == first.records.size(),
          "the reader finds what the start found");
  require(uut->report().gaps.size() == first.gaps, "the same gaps");
  auto end = uut->end();
  auto sequence = uut->last_sequence();
  uut = nullptr;
  // A second start changes nothing.
  uut = open(folder.path());
  require(uut != nullptr, "a second start");
  if (shown)
    show("second", *uut);
  auto second = read_all(*uut);
  require(second.records == first.records && second.hash == first.hash,
          "a second start finds the same");
  require(second.gaps == first.gaps, "a second start finds the same gaps");
  // Only a segment without any header cannot be cut.
  require(uut->report().torn_bytes == 0 || uut->report().damaged_headers > 0,
          "nothing is torn twice");
  require(uut->report().misnamed == 0, "names were put right");
  require(uut->end() >= end && uut->last_sequence() == sequence,
          "a second start goes on where the first did");
  check_use(*uut, second);
  return 0;
}
